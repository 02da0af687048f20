import { ServerResponse } from 'node:http';
import type { HttpRecorder } from '../recorder/http-recorder.js';
import type { BodyCounter } from './request-bodies.js';

type Write = (chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;
type End = (chunk?: unknown, encoding?: unknown, callback?: unknown) => ServerResponse;

/** What all responses of HTTP/1 have, unless somebody has put something else there. */
const base = ServerResponse.prototype as unknown as {
  readonly write: Write;
  readonly end: End;
  flushHeaders(): void;
};
const { write: baseWrite, end: baseEnd, flushHeaders: baseFlushHeaders } = base;

const over = -1;

/**
 * Counts the bytes of responses' bodies as they are written, behind what compresses them, and sees
 * when the headers of a streamed one go out.
 */
export function responseBodies(recorder: HttpRecorder): BodyCounter<ServerResponse> {
  // Of this recorder only: an app may have two.
  const numbers: unique symbol = Symbol('prom-agent.responseBody');
  interface Counted {
    [numbers]?: number;
    readonly headersSent: boolean;
    readonly writableEnded: boolean;
    /** Node.js' own: known before the end for a body that is sent in one go, or was declared. */
    readonly _contentLength?: number | null;
    write: Write;
    end: End;
    flushHeaders: () => void;
  }

  function noteWrite(response: Counted, chunk: unknown, encoding: unknown): void {
    const number = response[numbers] as number;
    if (number === over || response.writableEnded) return;
    recorder.headersSent(number);
    recorder.addResponseBytes(number, byteLength(chunk, encoding));
  }

  function noteEnd(response: Counted, chunk: unknown, encoding: unknown): void {
    const number = response[numbers] as number;
    // Without headers yet, the length of this chunk will be declared in them.
    if (number === over || !response.headersSent || response.writableEnded) return;
    recorder.addResponseBytes(number, byteLength(chunk, encoding));
  }

  function noteHeaders(response: Counted): void {
    const number = response[numbers] as number;
    if (number !== over && !response.headersSent) recorder.headersSent(number);
  }

  function write(this: Counted, chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    noteWrite(this, chunk, encoding);
    return baseWrite.call(this, chunk, encoding, callback);
  }

  function end(this: Counted, chunk?: unknown, encoding?: unknown, callback?: unknown) {
    noteEnd(this, chunk, encoding);
    return baseEnd.call(this, chunk, encoding, callback);
  }

  function flushHeaders(this: Counted): void {
    noteHeaders(this);
    baseFlushHeaders.call(this);
  }

  /** Around what somebody has put there, or another class has. */
  function wrap(response: Counted, isHttp2: boolean): void {
    const own = { write: response.write, end: response.end, flush: response.flushHeaders };
    response.write = function (this: Counted, chunk, encoding, callback) {
      noteWrite(this, chunk, encoding);
      return own.write.call(this, chunk, encoding, callback);
    };
    response.end = function (this: Counted, chunk, encoding, callback) {
      if (!isHttp2) noteEnd(this, chunk, encoding);
      else if (!this.writableEnded && this[numbers] !== over) {
        recorder.addResponseBytes(this[numbers] as number, byteLength(chunk, encoding));
      }
      return ending(this, isHttp2, () => own.end.call(this, chunk, encoding, callback));
    };
    response.flushHeaders = function (this: Counted) {
      noteHeaders(this);
      own.flush.call(this);
    };
  }

  /** HTTP/2's `end` calls `write`, which must not count again. */
  function ending<Result>(response: Counted, isHttp2: boolean, run: () => Result): Result {
    if (!isHttp2) return run();
    const number = response[numbers] as number;
    response[numbers] = over;
    try {
      return run();
    } finally {
      response[numbers] = number;
    }
  }

  return {
    begin(given, number) {
      const response = given as unknown as Counted;
      response[numbers] = number;
      const isPlain =
        response.write === baseWrite &&
        response.end === baseEnd &&
        response.flushHeaders === baseFlushHeaders;
      if (isPlain) {
        response.write = write;
        response.end = end;
        response.flushHeaders = flushHeaders;
      } else wrap(response, given.req?.httpVersionMajor === 2);
    },
    end(given, number) {
      const response = given as unknown as Counted;
      response[numbers] = over;
      if (hasNoBody(given)) recorder.setResponseBytes(number, 0);
      else if (response.writableEnded && typeof response._contentLength === 'number') {
        recorder.setResponseBytes(number, response._contentLength);
      }
    },
  };
}

/** RFC 9110, 6.4.1: Node.js drops what the app writes there. */
function hasNoBody({ req, statusCode }: ServerResponse): boolean {
  return req?.method === 'HEAD' || statusCode === 204 || statusCode === 304;
}

function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(
      chunk,
      typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8',
    );
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
