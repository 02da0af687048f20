import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { HttpRecorder } from '../recorder/http-recorder.js';

export interface RequestBodies {
  /** `number`: the recorder's of the request. */
  begin(message: IncomingMessage, number: number): void;
  /** The request is over: what comes from now on is not its. */
  end(message: IncomingMessage, number: number): void;
}

const over = -1;

/** Counts the bytes of requests' bodies as they come in. A request without a body costs a look at its headers. */
export function requestBodies(recorder: HttpRecorder): RequestBodies {
  // Of this recorder only: an app may have two.
  const numbers: unique symbol = Symbol('prom-agent.requestBody');
  const pushes: unique symbol = Symbol('prom-agent.push');
  type Push = IncomingMessage['push'];
  type Counted = IncomingMessage & { [numbers]?: number; [pushes]?: Push };

  function push(this: Counted, chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
    const number = this[numbers] as number;
    if (chunk !== null && number !== over) recorder.addRequestBytes(number, chunk.length);
    return (this[pushes] as Push).call(this, chunk, encoding);
  }

  return {
    begin(message: Counted, number) {
      if (!hasBody(message)) return;
      message[numbers] = number;
      // Node.js hands what comes to this method of the request, whether anybody reads it or not.
      message[pushes] = message.push;
      message.push = push;
    },
    end(message: Counted, number) {
      if (message[numbers] === undefined) return;
      message[numbers] = over;
      // Node.js drops what nobody has read when the response is over, but it all came.
      const declared = message.headers['content-length'];
      if (isWhole(message) && declared !== undefined) {
        recorder.setRequestBytes(number, Number(declared));
      }
    },
  };
}

function isWhole(message: IncomingMessage | Http2ServerRequest): boolean {
  // Node.js calls a body of HTTP/2 complete that its client broke off.
  return message.complete && (message as Http2ServerRequest).stream?.aborted !== true;
}

function hasBody(message: IncomingMessage | Http2ServerRequest): boolean {
  if (message.httpVersionMajor === 2)
    return !(message as Http2ServerRequest).stream.endAfterHeaders;
  const { rawHeaders } = message;
  // Lengths first: `headers` is an object of any shape, whose look-ups cost ten times as much.
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === transferEncoding.length && name.toLowerCase() === transferEncoding)
      return true;
    if (name.length === contentLength.length && name.toLowerCase() === contentLength) {
      return rawHeaders[i + 1] !== '0';
    }
  }
  return false;
}

const transferEncoding = 'transfer-encoding';
const contentLength = 'content-length';
