import { ScrapeFailure } from '../scrape-failure.js';
import type { BodyBuffer } from './body-buffer.js';
import { bodyTooLarge, outOfMemory } from './http-exchange.js';
import { announcedBytes, type Inflater } from './inflater.js';

/** Below, nobody waits for a body: some 20 ms when all of its series are new. */
const longBytes = 2 * 1024 * 1024;
/** Bytes inflated without a pause: some 2 ms. */
const sliceBytes = 512 * 1024;

/** A body that is so long that it is to be read in slices. */
export function isLongBody(buffer: BodyBuffer, contentEncoding: string | undefined): boolean {
  const bytes = isGzip(contentEncoding) ? announcedBytes(wireOf(buffer)) : 0;
  return Math.max(bytes, buffer.length) > longBytes;
}

/**
 * The exposition of an answer: `buffer` as it is, or inflated. A view, valid until the next body of
 * the thread is inflated.
 *
 * @param limitBytes body_size_limit: decompressed bytes; a body of just that size is refused, as
 *   Prometheus does (scrape/scrape.go). 0: bounded by the thread's memory alone.
 * @throws ScrapeFailure
 */
export function decodeBody(
  buffer: BodyBuffer,
  contentEncoding: string | undefined,
  inflater: Inflater,
  limitBytes: number,
): Uint8Array {
  const wire = wireOf(buffer);
  // Another encoding than gzip was not asked for: as Prometheus, the parser judges what came.
  if (!isGzip(contentEncoding)) return checked(wire, limitBytes);
  try {
    return checked(inflater.inflate(wire, mostBytes(limitBytes)), limitBytes);
  } catch (error) {
    throw refusal(error, wire.length, limitBytes);
  }
}

/** The same in slices, with an inflater of its own. */
export function* decodeLongBody(
  buffer: BodyBuffer,
  contentEncoding: string | undefined,
  inflater: Inflater,
  limitBytes: number,
): Generator<undefined, Uint8Array> {
  const wire = wireOf(buffer);
  if (!isGzip(contentEncoding)) return checked(wire, limitBytes);
  try {
    const body = yield* inflater.inflateSlices(wire, mostBytes(limitBytes), sliceBytes);
    return checked(body, limitBytes);
  } catch (error) {
    throw refusal(error, wire.length, limitBytes);
  }
}

function wireOf(buffer: BodyBuffer): Uint8Array {
  return buffer.bytes.subarray(0, buffer.length);
}

function isGzip(contentEncoding: string | undefined): boolean {
  return contentEncoding?.trim().toLowerCase() === 'gzip';
}

function mostBytes(limitBytes: number): number {
  return limitBytes > 0 ? limitBytes : Number.MAX_SAFE_INTEGER;
}

function checked(body: Uint8Array, limitBytes: number): Uint8Array {
  if (limitBytes > 0 && body.length >= limitBytes) throw bodyTooLarge();
  return body;
}

function refusal(error: unknown, wireBytes: number, limitBytes: number): ScrapeFailure {
  if (error instanceof ScrapeFailure) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    return limitBytes > 0 ? bodyTooLarge() : outOfMemory(wireBytes);
  }
  if (code === 'Z_BUF_ERROR') {
    return new ScrapeFailure('truncated', `the gzip body ends early (${wireBytes} bytes)`, error);
  }
  return new ScrapeFailure('encoding', `the body is not gzip: ${message}`, error);
}
