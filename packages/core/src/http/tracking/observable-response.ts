import { type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type Write = (chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;
export type End = (chunk?: unknown, encoding?: unknown, callback?: unknown) => unknown;
export type WriteHead = (statusCode: unknown, reason?: unknown, headers?: unknown) => unknown;
type Emit = (event: string | symbol, ...values: unknown[]) => boolean;

/** What a response of HTTP/1 tells of itself. */
export interface ResponseObserver {
  /** A chunk is about to be written, not with the end. */
  onWrite(response: ServerResponse, chunk: unknown, encoding: unknown): void;
  /** The headers are set; Node.js does it itself where the app does not. */
  onWriteHead(response: ServerResponse): void;
  /** The last chunk, or a callback or nothing in its place, is about to be written. */
  onEnd(response: ServerResponse, chunk: unknown, encoding: unknown): void;
  /** Before the listeners of `close`. */
  onClose(response: ServerResponse): void;
}

const observerOf: unique symbol = Symbol('prom-agent.observer');
const numberOf: unique symbol = Symbol('prom-agent.number');
const requestOf: unique symbol = Symbol('prom-agent.request');

/** What is added to a response; nobody observes it yet where the observer is null. */
interface Observation {
  [observerOf]: ResponseObserver | null;
  [numberOf]: number;
  [requestOf]: unknown;
  write: Write;
  end: End;
  writeHead: WriteHead;
  emit: Emit;
}

type Observed = ServerResponse & Observation;

/** Asked at each call: what traces an app may patch it at any time. */
const base = ServerResponse.prototype as unknown as Observation;

/** In place of the number of a request that was counted. */
export const over = -1;

function write(this: Observed, chunk: unknown, encoding?: unknown, callback?: unknown) {
  this[observerOf]?.onWrite(this, chunk, encoding);
  return base.write.call(this, chunk, encoding, callback);
}

function end(this: Observed, chunk?: unknown, encoding?: unknown, callback?: unknown) {
  this[observerOf]?.onEnd(this, chunk, encoding);
  return base.end.call(this, chunk, encoding, callback);
}

function writeHead(this: Observed, statusCode: unknown, reason?: unknown, headers?: unknown) {
  const result = base.writeHead.call(this, statusCode, reason, headers);
  this[observerOf]?.onWriteHead(this);
  return result;
}

/** A listener would cost each request the look-ups of its registration. */
function emit(this: Observed, event: string | symbol, ...values: unknown[]) {
  if (event === 'close') this[observerOf]?.onClose(this);
  return base.emit.call(this, event, ...values);
}

/** Whether nobody has put something of theirs there. */
function isPlain(response: Observation): boolean {
  return (
    response.write === base.write &&
    response.end === base.end &&
    response.writeHead === base.writeHead &&
    response.emit === base.emit
  );
}

/** Observes a response, and keeps a number and a request for the observer; false where it cannot. */
export function observe(
  given: ServerResponse,
  observer: ResponseObserver,
  number: number,
  request: unknown,
): boolean {
  const response = given as unknown as Observation;
  if (response[observerOf] === undefined) {
    if (!isPlain(response)) return false;
    response.write = write;
    response.end = end;
    response.writeHead = writeHead;
    response.emit = emit;
    prepareServer(given.req.socket);
  } else if (response[observerOf] !== null) return false;
  response[observerOf] = observer;
  response[numberOf] = number;
  response[requestOf] = request;
  return true;
}

/** Whether {@link observe} has been called with this observer. */
export function isObservedBy(response: ServerResponse, observer: ResponseObserver): boolean {
  return (response as unknown as Observation)[observerOf] === observer;
}

/** {@link over} once it was taken. */
export function numberOfResponse(response: ServerResponse): number {
  return (response as Observed)[numberOf];
}

export function requestOfResponse(response: ServerResponse): unknown {
  return (response as Observed)[requestOf];
}

/** The number of a response, which from now on has none; {@link over} the next time. */
export function takeObserved(response: ServerResponse): number {
  const observed = response as Observed;
  const number = observed[numberOf];
  observed[numberOf] = over;
  observed[requestOf] = undefined;
  return number;
}

type ResponseClass = new (request: unknown, options: unknown) => Observation;

/**
 * Properties that are added to a finished object live outside of it, in arrays that are made anew as
 * it grows; those of its class do not. Own ones, for Express gives a response another prototype.
 */
function observableClass(Base: ResponseClass): ResponseClass {
  /** Whether a first response has shown that the class itself puts nothing there. */
  let isKnown = false;
  return class ObservableServerResponse extends Base {
    constructor(request: unknown, options: unknown) {
      super(request, options);
      isKnown ||= isPlain(this);
      if (!isKnown) return;
      this[observerOf] = null;
      this[numberOf] = over;
      this[requestOf] = undefined;
      this.write = write;
      this.end = end;
      this.writeHead = writeHead;
      this.emit = emit;
    }
  };
}

const seen = new WeakSet<Server>();

/** Lets the server of a connection make its next responses ready for an observer. */
function prepareServer(socket: Socket): void {
  // Node.js' own field, which sockets of other origin lack.
  const { server } = socket as { server?: Server };
  if (server === undefined || seen.has(server)) return;
  seen.add(server);
  const fields = server as unknown as Record<symbol, unknown>;
  // The class that the server makes responses of, the option `ServerResponse`, is in a field of Node.js'.
  const key = Object.getOwnPropertySymbols(server).find((symbol) =>
    isResponseClass(fields[symbol]),
  );
  if (key !== undefined) fields[key] = observableClass(fields[key] as ResponseClass);
}

function isResponseClass(value: unknown): boolean {
  if (typeof value !== 'function') return false;
  return value === ServerResponse || value.prototype instanceof ServerResponse;
}
