import type { ServerResponse } from 'node:http';
import type { HttpRecorder } from '../recorder/http-recorder.js';
import { byteLength } from './byte-length.js';
import { type End, over, type Write } from './observable-response.js';

/** The recorder's number of a request, {@link over} once it was counted. */
export interface Counting {
  number: number;
}

interface Counted {
  write: Write;
  end: End;
  flushHeaders: () => void;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  /** Node.js' own: a number once the length is declared, by the app or by Node.js. */
  readonly _contentLength?: number | null;
}

/**
 * Counts the bytes of responses' bodies as they are written, behind what compresses them, and sees
 * when the headers of a streamed one go out. A body that is sent in one go is not looked at: Node.js
 * has declared its length.
 */
export class ResponseBodies {
  readonly #recorder: HttpRecorder;

  constructor(recorder: HttpRecorder) {
    this.#recorder = recorder;
  }

  /** A chunk of the request with this number is about to be written. */
  addChunk(response: object, number: number, chunk: unknown, encoding: unknown): void {
    if (number === over || (response as Counted).writableEnded) return;
    this.#recorder.headersSent(number);
    this.#recorder.addResponseBytes(number, byteLength(chunk, encoding));
  }

  /** The headers go out before the body; `writeHead` alone keeps them. */
  addFlush(number: number): void {
    if (number !== over) this.#recorder.headersSent(number);
  }

  /** The response is about to end. Where its headers went out without a length, this chunk counts too. */
  addEnd(given: object, number: number, chunk: unknown, encoding: unknown): void {
    const response = given as Counted;
    if (number === over || !response.headersSent || hasLength(response)) return;
    if (response.writableEnded) return;
    this.#recorder.addResponseBytes(number, byteLength(chunk, encoding));
  }

  /** Counts around what somebody has put into a response of HTTP/1, or another class has. */
  wrap(given: ServerResponse, counting: Counting): void {
    const response = given as unknown as Counted;
    const bodies = this;
    const { write, end, flushHeaders } = response;
    response.write = function (this: Counted, chunk, encoding, callback) {
      bodies.addChunk(this, counting.number, chunk, encoding);
      return write.call(this, chunk, encoding, callback);
    };
    response.flushHeaders = function (this: Counted) {
      bodies.addFlush(counting.number);
      flushHeaders.call(this);
    };
    response.end = function (this: Counted, chunk, encoding, callback) {
      bodies.addEnd(this, counting.number, chunk, encoding);
      return end.call(this, chunk, encoding, callback);
    };
  }

  /** The response is over. */
  finish(response: ServerResponse, number: number): void {
    const { _contentLength: length, writableEnded } = response as unknown as Counted;
    if (hasNoBody(response)) this.#recorder.setResponseBytes(number, 0);
    else if (typeof length === 'number' && writableEnded)
      this.#recorder.setResponseBytes(number, length);
  }
}

/** Declared by the app, or by Node.js when all there is comes with the end. */
function hasLength(response: Counted): boolean {
  return typeof response._contentLength === 'number';
}

/** RFC 9110, 6.4.1: Node.js drops what the app writes there. */
function hasNoBody({ req, statusCode }: ServerResponse): boolean {
  return req?.method === 'HEAD' || statusCode === 204 || statusCode === 304;
}
