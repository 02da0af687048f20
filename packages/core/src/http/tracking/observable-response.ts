import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type Write = (chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;
export type End = (chunk?: unknown, encoding?: unknown, callback?: unknown) => unknown;

/** What a response of HTTP/1 tells of itself. */
export interface ResponseObserver {
  /** A chunk is about to be written, not with the end. */
  onWrite(response: ServerResponse, chunk: unknown, encoding: unknown): void;
  /** The headers are about to go out, before a chunk is there. */
  onFlush(response: ServerResponse): void;
  /** The last chunk, or a callback or nothing in its place, is about to be written. */
  onEnd(response: ServerResponse, chunk: unknown, encoding: unknown): void;
  /** All of it was handed to the connection, or the connection is lost. May be told twice. */
  onOver(response: ServerResponse): void;
}

const observerOf: unique symbol = Symbol('prom-agent.observer');
const numberOf: unique symbol = Symbol('prom-agent.number');
const requestOf: unique symbol = Symbol('prom-agent.request');
/** Of a connection: whether its `close` is listened for. */
const watched: unique symbol = Symbol('prom-agent.watched');

/** What is added to a response; nobody observes it yet where the observer is null. */
interface Observation {
  [observerOf]: ResponseObserver | null;
  [numberOf]: number;
  [requestOf]: unknown;
  write: Write;
  end: End;
  flushHeaders: () => void;
  detachSocket: (socket: Socket) => void;
}

type Observed = ServerResponse & Observation;
type Connection = Socket & {
  [watched]?: true;
  /** Node.js' own: the response that is being sent. */
  readonly _httpMessage?: Partial<Observed> | null;
};

const base = ServerResponse.prototype as unknown as Observation;

/** Asked at each call: an app, or what traces it, may put functions there at any time. */
function prototypeOf(response: Observed): Observation {
  const prototype = Object.getPrototypeOf(response) as Observation;
  // The functions below would call themselves for an object that somebody made of a response.
  return prototype.end === end ? base : prototype;
}

/** In place of the number of a request that was counted. */
export const over = -1;

function write(this: Observed, chunk: unknown, encoding?: unknown, callback?: unknown) {
  this[observerOf]?.onWrite(this, chunk, encoding);
  return prototypeOf(this).write.call(this, chunk, encoding, callback);
}

function end(this: Observed, chunk?: unknown, encoding?: unknown, callback?: unknown) {
  this[observerOf]?.onEnd(this, chunk, encoding);
  return prototypeOf(this).end.call(this, chunk, encoding, callback);
}

function flushHeaders(this: Observed) {
  this[observerOf]?.onFlush(this);
  prototypeOf(this).flushHeaders.call(this);
}

/** Node.js calls it when all was sent; a listener would cost each request its registration. */
function detachSocket(this: Observed, socket: Socket) {
  // An app may take the connection from a response that is not over.
  if (this.writableEnded) {
    this[observerOf]?.onOver(this);
    isDetached = true;
  }
  prototypeOf(this).detachSocket.call(this, socket);
}

/** Whether a response has shown that this Node.js detaches those that are over. */
let isDetached = false;

/**
 * Observes a response, and keeps a number and a request for the observer. False where it cannot: the
 * response was not made for it (see prepare-server.ts), or somebody observes it already.
 */
export function observe(
  response: ServerResponse,
  observer: ResponseObserver,
  number: number,
  request: unknown,
): boolean {
  const observed = response as Observed;
  if (observed[observerOf] !== null || !isDetached) return false;
  observed[observerOf] = observer;
  observed[numberOf] = number;
  observed[requestOf] = request;
  const socket: Connection | null = response.socket;
  // One that waits in a pipeline has none yet (waiting-responses.ts).
  if (socket === null) return true;
  if (socket[watched] === undefined) {
    socket[watched] = true;
    socket.once('close', lose);
  }
  return true;
}

function lose(this: Connection): void {
  const response = this._httpMessage;
  response?.[observerOf]?.onOver(response as Observed);
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

export type ResponseClass = new (request: unknown, options: unknown) => object;

/**
 * Properties that are added to a finished object live outside of it, in arrays that are made anew as
 * it grows; those of its class do not. Own ones, for Express gives a response another prototype.
 */
export function observableClass(Base: ResponseClass): ResponseClass {
  return class ObservableServerResponse extends Base {
    constructor(request: unknown, options: unknown) {
      super(request, options);
      makeObservable(this);
    }
  };
}

/** What a constructor does last. */
export function makeObservable(made: object): void {
  const response = made as Observation;
  response[observerOf] = null;
  response[numberOf] = over;
  response[requestOf] = undefined;
  response.write = write;
  response.end = end;
  response.flushHeaders = flushHeaders;
  response.detachSocket = detachSocket;
}
