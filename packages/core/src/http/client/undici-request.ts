import { byteLength } from '../tracking/byte-length.js';
import type { OutgoingRequest } from './outgoing-request.js';

type Method = (this: UndiciRequest, ...args: unknown[]) => unknown;

/** What undici's channels publish, with the methods its parsers and writers call. */
export interface UndiciRequest extends OutgoingRequest {
  readonly body?: unknown;
  /** The protocol it asks for. */
  readonly upgrade?: unknown;
  [method: string | symbol]: unknown;
}

/** Told of what happens to a request. */
export interface RequestListener {
  sent(request: UndiciRequest, bytes: number): void;
  received(request: UndiciRequest, bytes: number): void;
  /** The connection is another protocol's now, or a tunnel. */
  upgraded(request: UndiciRequest, statusCode: number): void;
}

/**
 * Gives a function that listens to what has no channel in every version (tried with 6, 7 and 8): chunks
 * have one in later versions of 7, which the fetch of Node.js 20 and 22 is not, upgrades in the
 * latest. So the methods that these requests are told with are put around, on the request itself
 * (docs/decisions/0036).
 */
export function requestHooks(listener: RequestListener): (request: UndiciRequest) => void {
  const onBodySent = around('onBodySent', (request, chunk, encoding) =>
    listener.sent(request, byteLength(chunk, encoding)),
  );
  const received = (request: UndiciRequest, chunk: unknown) =>
    listener.received(request, (chunk as Uint8Array).length);
  const onData = around('onData', received);
  const onResponseData = around('onResponseData', received);
  const upgraded = (request: UndiciRequest, statusCode: unknown) =>
    listener.upgraded(request, statusCode as number);
  const onUpgrade = around('onUpgrade', upgraded);
  const onRequestUpgrade = around('onRequestUpgrade', upgraded);
  return (request) => {
    if (request.body !== null) onBodySent(request);
    onData(request);
    onResponseData(request);
    if (!request.upgrade && request.method !== 'CONNECT') return;
    onUpgrade(request);
    onRequestUpgrade(request);
  };
}

/** Puts one function around a method of any number of requests; where there is no such method, nowhere. */
function around(
  name: string,
  tell: (request: UndiciRequest, ...args: unknown[]) => void,
): (request: UndiciRequest) => void {
  // Of this listener only: an app may have two agents.
  const inner: unique symbol = Symbol(`prom-agent.${name}`);
  const method: Method = function (...args) {
    tell(this, ...args);
    return (this[inner] as Method).apply(this, args);
  };
  return (request) => {
    const own = request[name];
    if (typeof own !== 'function') return;
    request[inner] = own;
    request[name] = method;
  };
}
