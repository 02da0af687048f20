import { ServerResponse } from 'node:http';
import type { HttpRecorder } from '../recorder/http-recorder.js';
import { byteLength } from './byte-length.js';
import { http2Bodies } from './http2-bodies.js';

type Write = (chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;
type End = (chunk?: unknown, encoding?: unknown, callback?: unknown) => unknown;
type WriteHead = (statusCode: unknown, reason?: unknown, headers?: unknown) => unknown;

/** What all responses of HTTP/1 have, unless somebody has put something else there. */
const base = ServerResponse.prototype as unknown as {
  readonly write: Write;
  readonly end: End;
  readonly writeHead: WriteHead;
};
const { write: baseWrite, end: baseEnd, writeHead: baseWriteHead } = base;

/** In place of the number of a request that was counted. */
export const over = -1;

/** Counts the body of a response whose recorder's number is in a field of it. */
export interface ResponseBodies {
  begin(response: ServerResponse): void;
  /** The response is over. */
  end(response: ServerResponse, number: number): void;
}

/**
 * Counts the bytes of responses' bodies as they are written, behind what compresses them, and sees
 * when the headers of a streamed one go out. A body that is sent in one go is not looked at: Node.js
 * has declared its length. `numbers`: the field with the recorder's number.
 */
export function responseBodies(recorder: HttpRecorder, numbers: symbol): ResponseBodies {
  interface Counted {
    [field: symbol]: number;
    write: Write;
    end: End;
    writeHead: WriteHead;
    readonly writableEnded: boolean;
    /** Node.js' own: a number once the length is declared, by the app or by Node.js. */
    readonly _contentLength?: number | null;
    /** Node.js' own: whether the headers were handed to the socket, which `writeHead` does not do. */
    readonly _headerSent?: boolean;
  }

  function noteWrite(response: Counted, chunk: unknown, encoding: unknown): void {
    const number = response[numbers] as number;
    if (number === over || response.writableEnded) return;
    recorder.headersSent(number);
    recorder.addResponseBytes(number, byteLength(chunk, encoding));
  }

  function write(this: Counted, chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    noteWrite(this, chunk, encoding);
    return baseWrite.call(this, chunk, encoding, callback);
  }

  /** Also called by Node.js when the app says nothing of headers. */
  function writeHead(
    this: Counted,
    statusCode: unknown,
    reason?: unknown,
    headers?: unknown,
  ): unknown {
    const result = baseWriteHead.call(this, statusCode, reason, headers);
    if (typeof this._contentLength !== 'number') beginStream(this, baseEnd);
    return result;
  }

  /** The headers go out without a length: what the end brings has to be counted too. */
  function beginStream(response: Counted, end: End): void {
    const number = response[numbers] as number;
    if (number === over) return;
    recorder.headersSent(number);
    response.end = function (this: Counted, chunk, encoding, callback) {
      if (response[numbers] === number && !this.writableEnded) {
        const bytes = byteLength(chunk, encoding);
        // All there is comes with the end, or there is nothing: no stream.
        if (!this._headerSent) recorder.headersNotSent(number);
        recorder.addResponseBytes(number, bytes);
      }
      return end.call(this, chunk, encoding, callback);
    };
  }

  /** Around what somebody has put there, or another class has. */
  function wrap(response: Counted): void {
    const own = { write: response.write, end: response.end, writeHead: response.writeHead };
    response.write = function (this: Counted, chunk, encoding, callback) {
      noteWrite(this, chunk, encoding);
      return own.write.call(this, chunk, encoding, callback);
    };
    response.writeHead = function (this: Counted, statusCode, reason, headers) {
      const result = own.writeHead.call(this, statusCode, reason, headers);
      if (typeof this._contentLength !== 'number') beginStream(this, own.end);
      return result;
    };
  }

  const http2 = http2Bodies(recorder, numbers);
  return {
    begin(given) {
      const response = given as unknown as Counted;
      if (response.write === baseWrite && response.writeHead === baseWriteHead) {
        response.write = write;
        response.writeHead = writeHead;
      } else if (given.req?.httpVersionMajor === 2) http2.begin(given);
      else wrap(response);
    },
    end(given, number) {
      const { _contentLength: length, writableEnded } = given as unknown as Counted;
      if (hasNoBody(given)) recorder.setResponseBytes(number, 0);
      else if (typeof length === 'number' && writableEnded)
        recorder.setResponseBytes(number, length);
    },
  };
}

/** RFC 9110, 6.4.1: Node.js drops what the app writes there. */
function hasNoBody({ req, statusCode }: ServerResponse): boolean {
  return req?.method === 'HEAD' || statusCode === 204 || statusCode === 304;
}
