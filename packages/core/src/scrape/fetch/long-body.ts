import type { ParsedBody } from '../../exposition/parsed-body.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import type { TargetSeries } from '../batch/target-series.js';
import type { MemoryAccount } from '../memory-account.js';
import type { BodyBuffer } from './body-buffer.js';
import { decodeLongBody } from './decode-body.js';
import type { FetchedBody } from './fetch-body.js';
import { Inflater } from './inflater.js';
import { bodyFormat } from './scrape-request.js';

export interface LongBody {
  readonly buffer: BodyBuffer;
  readonly answer: FetchedBody;
  readonly job: ScrapeJob;
  readonly memory: MemoryAccount;
}

/**
 * Inflates and parses a long body in slices; returns its bytes, and the error when it cannot be parsed.
 * @throws ScrapeFailure when it cannot be decoded
 */
export function* readLongBody(
  { buffer, answer, job, memory }: LongBody,
  series: TargetSeries,
  parsed: ParsedBody,
): Generator<undefined, { length: number; error?: unknown }> {
  const { contentEncoding, contentType } = answer;
  const inflater = new Inflater(memory);
  try {
    const body = yield* decodeLongBody(buffer, contentEncoding, inflater, job.bodySizeLimitBytes);
    const { length } = body;
    try {
      yield* series.readSlices(bodyFormat(job, body, contentType), body, length, parsed);
      return { length };
    } catch (error) {
      return { length, error };
    }
  } finally {
    inflater.close();
    // What comes now may wait for the outputs.
    buffer.free();
  }
}
