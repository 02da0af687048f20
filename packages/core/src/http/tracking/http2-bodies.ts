import type { ServerResponse } from 'node:http';
import type { HttpRecorder } from '../recorder/http-recorder.js';
import { byteLength } from './byte-length.js';
import { over } from './observable-response.js';
import type { Counting } from './response-bodies.js';

type Write = (chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;
type End = (chunk?: unknown, encoding?: unknown, callback?: unknown) => unknown;

interface Counted {
  readonly writableEnded: boolean;
  write: Write;
  end: End;
  flushHeaders: () => void;
}

/** Counts the bytes of the body of a response of HTTP/2, whose class says nothing of lengths. */
export function countHttp2Body(
  given: ServerResponse,
  recorder: HttpRecorder,
  counting: Counting,
): void {
  const response = given as unknown as Counted;
  const { write, end, flushHeaders } = response;
  /** `end` calls `write` with what it is given. */
  let isEnding = false;
  response.write = function (this: Counted, chunk, encoding, callback) {
    const { number } = counting;
    if (number !== over && !this.writableEnded) {
      if (!isEnding) recorder.headersSent(number);
      recorder.addResponseBytes(number, byteLength(chunk, encoding));
    }
    return write.call(this, chunk, encoding, callback);
  };
  response.end = function (this: Counted, chunk, encoding, callback) {
    isEnding = true;
    return end.call(this, chunk, encoding, callback);
  };
  response.flushHeaders = function (this: Counted) {
    if (counting.number !== over) recorder.headersSent(counting.number);
    flushHeaders.call(this);
  };
}
