import { HttpFailure } from './http-failure.js';
import { isLinkLocal, linkLocalRefused } from './link-local.js';

/** Go's http.Client, which Prometheus uses, makes ten requests and refuses the next (client.go). */
const mostRequests = 10;

/** What one request of a chain of redirects asks for. */
export interface RequestStep {
  readonly url: URL;
  readonly method: string;
  /** Requests made before this one. */
  readonly redirects: number;
  /** False once the chain has left the host it began at: credentials stay behind for good. */
  readonly trusted: boolean;
}

/**
 * The request an answer leads to by Go's rules; undefined: the answer stands.
 * @throws HttpFailure `redirect`
 */
export function redirected(
  step: RequestStep,
  status: number,
  location: string | string[] | undefined,
  allowLinkLocal: boolean,
): RequestStep | undefined {
  const to = Array.isArray(location) ? location[0] : location;
  if (to === undefined || to === '') return undefined;
  const keepsMethod = status === 307 || status === 308;
  if (!keepsMethod && status !== 301 && status !== 302 && status !== 303) return undefined;
  if (step.redirects + 1 >= mostRequests) {
    throw new HttpFailure('redirect', `stopped after ${mostRequests} redirects`);
  }
  const url = resolve(to, step.url);
  const isSameOrigin = url.origin === step.url.origin;
  if (!isSameOrigin && !allowLinkLocal && isLinkLocal(url.hostname)) {
    throw linkLocalRefused(url.host);
  }
  const isRead = step.method === 'GET' || step.method === 'HEAD';
  return {
    url,
    method: keepsMethod || isRead ? step.method : 'GET',
    redirects: step.redirects + 1,
    trusted: step.trusted && (isSameOrigin || isUpgrade(step.url, url)),
  };
}

/** From http to https on one host: nothing is given away that was not in the open already. */
function isUpgrade(from: URL, to: URL): boolean {
  return from.protocol === 'http:' && to.protocol === 'https:' && from.hostname === to.hostname;
}

function resolve(location: string, from: URL): URL {
  let url: URL;
  try {
    url = new URL(location, from);
  } catch (cause) {
    throw new HttpFailure('redirect', 'redirect to what is no URL', cause);
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new HttpFailure('redirect', `redirect to a ${url.protocol} address, only http is followed`);
}
