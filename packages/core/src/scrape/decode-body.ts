import type { BodyBuffer } from './body-buffer.js';
import { bodyTooLarge, outOfMemory } from './http-exchange.js';
import type { Inflater } from './inflater.js';
import { ScrapeFailure } from './scrape-failure.js';

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
  const wire = buffer.bytes.subarray(0, buffer.length);
  // Another encoding than gzip was not asked for: as Prometheus, the parser judges what came.
  if (contentEncoding?.trim().toLowerCase() !== 'gzip') return checked(wire, limitBytes);
  return checked(gunzip(wire, inflater, limitBytes), limitBytes);
}

function checked(body: Uint8Array, limitBytes: number): Uint8Array {
  if (limitBytes > 0 && body.length >= limitBytes) throw bodyTooLarge();
  return body;
}

function gunzip(wire: Uint8Array, inflater: Inflater, limitBytes: number): Uint8Array {
  try {
    return inflater.inflate(wire, limitBytes > 0 ? limitBytes : Number.MAX_SAFE_INTEGER);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw limitBytes > 0 ? bodyTooLarge() : outOfMemory(wire.length);
    }
    if (code === 'Z_BUF_ERROR') {
      throw new ScrapeFailure(
        'truncated',
        `the gzip body ends early (${wire.length} bytes)`,
        error,
      );
    }
    throw new ScrapeFailure('encoding', `the body is not gzip: ${message}`, error);
  }
}
