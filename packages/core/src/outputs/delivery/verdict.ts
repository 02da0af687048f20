import type { PostResult } from './exchange.js';

/** What to do with a batch after a POST. */
export type Verdict =
  | { readonly kind: 'delivered' }
  /** `afterMs`: what the receiver asked for at least, 0 when it asked for nothing. */
  | { readonly kind: 'retry'; readonly afterMs: number }
  | { readonly kind: 'rejected' };

/**
 * Remote write 1.0, "Retries & Backoff": 5xx must be retried, 429 may, nothing else; no answer at
 * all is a failure of the network and retried for ever. Prometheus reads 3xx as a refusal too.
 */
export function judge(result: PostResult, retryOnHttp429: boolean, nowMs: number): Verdict {
  if (result.status === 0) return { kind: 'retry', afterMs: 0 };
  const hundreds = Math.floor(result.status / 100);
  if (hundreds === 2) return { kind: 'delivered' };
  if (hundreds === 5 || (result.status === 429 && retryOnHttp429)) {
    return { kind: 'retry', afterMs: retryAfterMs(result.retryAfter, nowMs) };
  }
  return { kind: 'rejected' };
}

/** What a receiver may ask for at most: more is a mistake, and longer than a timer can run. */
const mostRetryAfterMs = 24 * 60 * 60_000;

/** `Retry-After` in seconds or as an HTTP date (RFC 9110 10.2.3); 0 when absent, past or wrong. */
function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  return Math.min(askedMs(header, nowMs), mostRetryAfterMs);
}

function askedMs(header: string, nowMs: number): number {
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  if (!/^[A-Z][a-z]+, .*GMT$/.test(header)) return 0;
  const date = Date.parse(header);
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs);
}
