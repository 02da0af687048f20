import type { ServerResponse } from 'node:http';
import type { HttpRecorder } from '../recorder/http-recorder.js';
import { byteLength } from './byte-length.js';

type Write = (chunk: unknown, encoding?: unknown, callback?: unknown) => boolean;
type End = (chunk?: unknown, encoding?: unknown, callback?: unknown) => unknown;

const over = -1;

/** Counts the bytes of the bodies of HTTP/2's responses, whose classes say nothing of lengths. */
export function http2Bodies(
  recorder: HttpRecorder,
  numbers: symbol,
): { begin(response: ServerResponse): void } {
  interface Counted {
    [field: symbol]: number;
    readonly writableEnded: boolean;
    write: Write;
    end: End;
    flushHeaders: () => void;
  }
  return {
    begin(given) {
      const response = given as unknown as Counted;
      const { write, end, flushHeaders } = response;
      /** `end` calls `write` with what it is given. */
      let isEnding = false;
      response.write = function (this: Counted, chunk, encoding, callback) {
        const number = response[numbers] as number;
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
        const number = response[numbers] as number;
        if (number !== over) recorder.headersSent(number);
        flushHeaders.call(this);
      };
    },
  };
}
