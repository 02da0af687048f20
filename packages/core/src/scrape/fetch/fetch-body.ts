import { STATUS_CODES } from 'node:http';
import type { Clock, ClockTimer } from '../../clock.js';
import { HttpFailure } from '../../http-client/http-failure.js';
import type { KeptRequest } from '../../http-client/kept-request.js';
import type { GiveUp } from '../give-up.js';
import { ScrapeFailure } from '../scrape-failure.js';
import type { BodyBuffer } from './body-buffer.js';
import type { Deadlines } from './deadlines.js';
import { type HttpAnswer, httpExchange } from './http-exchange.js';

export interface FetchBodyOptions {
  readonly request: Pick<KeptRequest, 'transport' | 'headers' | 'firstHop'>;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly buffer: BodyBuffer;
  readonly bodySizeLimitBytes: number;
  /** True when a socket is left from the last scrape: it may have died unseen. */
  readonly keptSocket: boolean;
  readonly giveUp: GiveUp;
}

/** What came with the body, which is in the buffer as it came over the wire. */
export interface FetchedBody {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}

/**
 * Gets the body of a target into `buffer`.
 * @throws ScrapeFailure, HttpFailure
 */
export async function fetchBody(options: FetchBodyOptions): Promise<FetchedBody> {
  const answer = await fetchAnswer(options);
  if (answer.statusCode !== 200) {
    const status = `${answer.statusCode} ${STATUS_CODES[answer.statusCode] ?? ''}`.trimEnd();
    throw new ScrapeFailure('status', `server returned HTTP status ${status}`);
  }
  const { 'content-type': contentType, 'content-encoding': contentEncoding } = answer.headers;
  return { contentType, contentEncoding };
}

/**
 * The same, whatever the status: the body of an answer other than 200 is not read.
 * @throws ScrapeFailure, HttpFailure
 */
export function fetchAnswer(options: FetchBodyOptions): Promise<HttpAnswer> {
  const deadlineMs = options.clock.monotonicMs() + options.timeoutMs;
  const refreshing = options.request.transport.refresh();
  if (refreshing === undefined) return follow(options, deadlineMs);
  return inTime(refreshing, options).then(() => follow(options, deadlineMs));
}

async function follow(options: FetchBodyOptions, deadlineMs: number): Promise<HttpAnswer> {
  const { request, timeoutMs, deadlines, buffer, giveUp, keptSocket } = options;
  const { transport, headers } = request;
  const limitBytes = wireLimitBytes(options.bodySizeLimitBytes);
  let hop = request.firstHop();
  for (;;) {
    const answer = await httpExchange({
      hop,
      deadlineMs,
      timeoutMs,
      deadlines,
      body: buffer,
      limitBytes,
      keptSocket,
      giveUp,
    });
    if (answer.statusCode < 300 || answer.statusCode > 399) return answer;
    const next = transport.redirect(hop, answer.statusCode, answer.headers.location, headers);
    if (next === undefined) return answer;
    hop = next;
    buffer.length = 0;
  }
}

/** body_size_limit counts decompressed bytes; gzip makes a short body longer by its frame. */
function wireLimitBytes(bodySizeLimitBytes: number): number {
  return bodySizeLimitBytes === 0 ? 0 : bodySizeLimitBytes + (bodySizeLimitBytes >> 8) + 1024;
}

/** Files and tokens count against the scrape's timeout. */
function inTime(
  refreshing: Promise<void>,
  { clock, timeoutMs, giveUp }: FetchBodyOptions,
): Promise<void> {
  let timer: ClockTimer | undefined;
  const over = new Promise<void>((_resolve, reject) => {
    timer = clock.setTimer(timeoutMs, () => {
      reject(new HttpFailure('timeout', `credentials were not ready within ${timeoutMs} ms`));
    });
    giveUp.listen(() => reject(new HttpFailure('aborted', 'the target was removed')));
  });
  return Promise.race([refreshing, over]).finally(() => {
    timer?.cancel();
    giveUp.unlisten();
  });
}
