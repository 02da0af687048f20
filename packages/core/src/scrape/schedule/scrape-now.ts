import type { IncomingHttpHeaders } from 'node:http';
import { PromAgentError } from '../../errors.js';
import { BodyParser } from '../../exposition/body-parser.js';
import { ParsedBody } from '../../exposition/parsed-body.js';
import { SeriesKeys } from '../../exposition/series-keys.js';
import type { ScrapedNow, ScrapedNowError } from '../../targets/scraped-now.js';
import { wordsOf } from '../busy-target.js';
import { BodyBuffer } from '../fetch/body-buffer.js';
import { decodeBody } from '../fetch/decode-body.js';
import { fetchAnswer } from '../fetch/fetch-body.js';
import type { HttpAnswer } from '../fetch/http-exchange.js';
import { bodyFormat, requestHeaders } from '../fetch/scrape-request.js';
import { GiveUp } from '../give-up.js';
import { ScrapeFailure } from '../scrape-failure.js';
import type { ScrapeLoop } from './scrape-loop.js';
import type { ScrapeLoopShared } from './scrape-loop-shared.js';

const shownBytes = 1024 * 1024;

/**
 * Scrapes on demand, one at a time in a thread: with the target's own request, on another socket,
 * into a buffer of its own, so that the target's series and grid know nothing of it.
 */
export class ScrapeNow {
  readonly #shared: ScrapeLoopShared;
  readonly #giveUp = new GiveUp();
  #isRunning = false;

  constructor(shared: ScrapeLoopShared) {
    this.#shared = shared;
  }

  /** Never rejects. */
  async run(loop: ScrapeLoop | undefined): Promise<ScrapedNow> {
    const startMs = this.#shared.clock.monotonicMs();
    const refusal = this.#isRunning
      ? new ScrapeFailure('internal', 'another scrape on demand is under way: try again')
      : refusalOf(loop);
    if (loop === undefined || refusal !== undefined) return noAnswer(refusal);
    this.#isRunning = true;
    try {
      return await this.#scrape(loop, startMs);
    } finally {
      this.#isRunning = false;
    }
  }

  close(): void {
    this.#giveUp.now();
  }

  async #scrape({ plan, job }: ScrapeLoop, startMs: number): Promise<ScrapedNow> {
    const { clock, deadlines, clients, memory, userAgent, busy } = this.#shared;
    const { url, intervalMs, timeoutMs } = plan;
    const headers = requestHeaders(plan, job, userAgent);
    const request = clients.single({ http: job.http, url, headers, intervalMs, timeoutMs });
    const buffer = new BodyBuffer(memory);
    const seen: Seen = { answer: undefined, body: new Uint8Array(0), bodyBytes: 0 };
    let samples: number | undefined;
    let error: ScrapedNowError | undefined;
    try {
      seen.answer = await fetchAnswer({
        request,
        timeoutMs,
        clock,
        deadlines,
        buffer,
        bodySizeLimitBytes: job.bodySizeLimitBytes,
        keptSocket: false,
        giveUp: this.#giveUp,
      });
      busy.enter(wordsOf(plan.id));
      samples = this.#read(job, buffer, seen);
    } catch (thrown) {
      error = errorOf(thrown);
    } finally {
      busy.leave();
      this.#shared.inflater.release();
      buffer.free();
      request.close();
    }
    const { answer, body, bodyBytes } = seen;
    const durationMs = clock.monotonicMs() - startMs;
    const statusCode = answer?.statusCode;
    return {
      statusCode,
      headers: plain(answer?.headers),
      durationMs,
      body,
      bodyBytes,
      samples,
      error,
    };
  }

  /** The samples of the body; what of it is shown is in `seen` even when it cannot be parsed. */
  #read(job: ScrapeLoop['job'], buffer: BodyBuffer, seen: Seen): number {
    const { statusCode, headers } = seen.answer!;
    if (statusCode !== 200) {
      throw new ScrapeFailure('status', `server returned HTTP status ${statusCode}`);
    }
    const { inflater } = this.#shared;
    const encoding = headers['content-encoding'];
    const body = decodeBody(buffer, encoding, inflater, job.bodySizeLimitBytes);
    seen.bodyBytes = body.length;
    seen.body = Uint8Array.from(body.subarray(0, shownBytes));
    const parsed = new ParsedBody();
    const parser = new BodyParser(new SeriesKeys(), undefined, job);
    parser.parse(bodyFormat(job, body, headers['content-type']), body, body.length, parsed);
    return parsed.count;
  }
}

interface Seen {
  answer: HttpAnswer | undefined;
  body: Uint8Array<ArrayBuffer>;
  bodyBytes: number;
}

function refusalOf(loop: ScrapeLoop | undefined): ScrapeFailure | undefined {
  if (loop === undefined) {
    return new ScrapeFailure('internal', 'the target is on its way to another thread: try again');
  }
  const { source, refusal } = loop.plan;
  // A body that killed two threads would kill this one, too.
  if (refusal?.reason === 'quarantined') return new ScrapeFailure('quarantined', refusal.message);
  if (source === 'http') return undefined;
  return new ScrapeFailure(
    'internal',
    'the own registry is not fetched: it is what /metrics shows',
  );
}

/** Of a scrape that was not even begun. */
export function noAnswer(failure: ScrapeFailure | undefined): ScrapedNow {
  const error = failure && errorOf(failure);
  return {
    statusCode: undefined,
    headers: {},
    durationMs: 0,
    body: new Uint8Array(0),
    bodyBytes: 0,
    samples: undefined,
    error,
  };
}

function errorOf(thrown: unknown): ScrapedNowError {
  const { reason, message } = ScrapeFailure.from(thrown);
  const data = PromAgentError.is(thrown) ? thrown.data : {};
  const { line, column } = data as { line?: number; column?: number };
  return { reason, message, line, column };
}

function plain(headers: IncomingHttpHeaders = {}): Record<string, string | string[]> {
  const known = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Record<string, string | string[]>;
}
