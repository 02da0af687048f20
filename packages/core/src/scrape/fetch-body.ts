import { gunzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { Clock } from '../clock.js';
import type { BodyBuffer } from './body-buffer.js';
import { bodyTooLarge, type HttpAnswer, httpExchange, outOfMemory } from './http-exchange.js';
import type { MemoryAccount } from './memory-account.js';
import { ScrapeFailure } from './scrape-failure.js';

/** As Go's http.Client, which Prometheus uses: the eleventh redirect is an error. */
const maxRedirects = 10;

export interface FetchBodyOptions {
  readonly client: Dispatcher;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly buffer: BodyBuffer;
  readonly memory: MemoryAccount;
  readonly bodySizeLimitBytes: number;
  readonly followRedirects: boolean;
  /** Decompressed size of the last body: the next is inflated in one piece. */
  readonly expectedBytes: number;
  /** True when a socket is left from the last scrape: it may have died unseen. */
  readonly keptSocket: boolean;
  readonly signal: AbortSignal;
}

export interface FetchedBody {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly contentType: string | undefined;
}

/**
 * The decompressed body of a target.
 * @throws ScrapeFailure
 */
export async function fetchBody(options: FetchBodyOptions): Promise<FetchedBody> {
  const deadlineMs = options.clock.monotonicMs() + options.timeoutMs;
  const answer = await follow(options, deadlineMs);
  if (answer.statusCode !== 200) {
    throw new ScrapeFailure('status', `server returned HTTP status ${answer.statusCode}`);
  }
  const { buffer } = options;
  const contentType = answer.headers['content-type'];
  const encoding = answer.headers['content-encoding']?.toString().trim().toLowerCase();
  if (encoding === undefined || encoding === '' || encoding === 'identity') {
    return checked(options, { bytes: buffer.bytes, length: buffer.length, contentType });
  }
  if (encoding !== 'gzip') {
    throw new ScrapeFailure('encoding', `content-encoding ${encoding}, where gzip was asked for`);
  }
  const bytes = gunzip(options);
  return { bytes, length: bytes.length, contentType };
}

async function follow(options: FetchBodyOptions, deadlineMs: number): Promise<HttpAnswer> {
  let { url } = options;
  for (let redirects = 0; ; redirects++) {
    const answer = await exchangeOnKeptSocket(options, url, deadlineMs);
    const location = answer.headers.location;
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.statusCode);
    if (!options.followRedirects || !isRedirect || location === undefined) return answer;
    if (redirects === maxRedirects) {
      throw new ScrapeFailure('redirect', `stopped after ${maxRedirects} redirects`);
    }
    url = resolveLocation(location, url);
    options.buffer.length = 0;
  }
}

/** One retry when a kept socket died before the answer's first byte (RFC 9112, 9.3.1). */
async function exchangeOnKeptSocket(
  options: FetchBodyOptions,
  url: URL,
  deadlineMs: number,
): Promise<HttpAnswer> {
  const { client, headers, timeoutMs, clock, buffer, signal } = options;
  const exchange = () =>
    httpExchange({
      client,
      url,
      headers,
      deadlineMs,
      timeoutMs,
      clock,
      body: buffer,
      limitBytes: options.bodySizeLimitBytes,
      signal,
    });
  try {
    return await exchange();
  } catch (error) {
    if (!options.keptSocket || !isDeadSocket(error)) throw error;
    return exchange();
  }
}

function isDeadSocket(error: unknown): boolean {
  const cause = (error as ScrapeFailure).cause as { code?: string } | undefined;
  const code = cause?.code;
  return (
    (error as ScrapeFailure).reason === 'connect' &&
    (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE')
  );
}

function resolveLocation(location: string, from: URL): URL {
  let url: URL;
  try {
    url = new URL(location, from);
  } catch (cause) {
    throw new ScrapeFailure('redirect', `redirect to ${JSON.stringify(location)}`, cause);
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new ScrapeFailure('redirect', `redirect to a ${url.protocol} address`);
}

/** body_size_limit counts decompressed bytes, and a body of just that size is refused (scrape.go). */
function checked(options: FetchBodyOptions, body: FetchedBody): FetchedBody {
  const limit = options.bodySizeLimitBytes;
  if (limit > 0 && body.length >= limit) throw bodyTooLarge(limit);
  return body;
}

/**
 * Inflates synchronously: libuv's threads are the host's (measured: its fs.stat waited 43 ms behind
 * a thread's asynchronous gunzips). Bench: scrape.
 */
function gunzip(options: FetchBodyOptions): Buffer {
  const { buffer, memory, expectedBytes } = options;
  const limit = options.bodySizeLimitBytes;
  const free = Math.max(1, memory.freeBytes);
  const maxOutputLength = limit > 0 ? Math.min(limit, free) : free;
  // One piece a little larger than the last body: no chunks to join.
  const chunkSize = Math.max(16_384, Math.ceil(expectedBytes / 4096) * 4096 + 4096);
  try {
    const bytes = gunzipSync(buffer.bytes.subarray(0, buffer.length), {
      chunkSize,
      maxOutputLength,
    });
    if (limit > 0 && bytes.length >= limit) throw bodyTooLarge(limit);
    return bytes;
  } catch (error) {
    if (error instanceof ScrapeFailure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw limit > 0 && limit <= free ? bodyTooLarge(limit) : outOfMemory(free);
    }
    if (code === 'Z_BUF_ERROR') {
      throw new ScrapeFailure(
        'truncated',
        `the gzip body ends early (${buffer.length} bytes)`,
        error,
      );
    }
    throw new ScrapeFailure('encoding', `the body is not gzip: ${message}`, error);
  }
}
