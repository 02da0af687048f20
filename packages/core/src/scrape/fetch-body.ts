import type { Dispatcher } from 'undici';
import type { Clock } from '../clock.js';
import type { BodyBuffer } from './body-buffer.js';
import { type HttpAnswer, httpExchange } from './http-exchange.js';
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
  readonly bodySizeLimitBytes: number;
  readonly followRedirects: boolean;
  /** True when a socket is left from the last scrape: it may have died unseen. */
  readonly keptSocket: boolean;
  readonly signal: AbortSignal;
}

/** What came with the body, which is in the buffer as it came over the wire. */
export interface FetchedBody {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}

/**
 * Gets the body of a target into `buffer`.
 * @throws ScrapeFailure
 */
export async function fetchBody(options: FetchBodyOptions): Promise<FetchedBody> {
  const deadlineMs = options.clock.monotonicMs() + options.timeoutMs;
  const answer = await follow(options, deadlineMs);
  if (answer.statusCode !== 200) {
    throw new ScrapeFailure('status', `server returned HTTP status ${answer.statusCode}`);
  }
  const { 'content-type': contentType, 'content-encoding': contentEncoding } = answer.headers;
  return { contentType, contentEncoding };
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
