import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { hasLostConnection } from './http2-connections.js';

const http2NoError = 0;
const http2InternalError = 2;

/**
 * How a response ended: whole, left by its client, broken off by the service itself, or by Node.js, which
 * answered with 408 for the request took too long to come (`requestTimeout`).
 */
export type ResponseEnd = 'sent' | 'client-gone' | 'broken-off' | 'timed-out';

export function endOf(response: ServerResponse | Http2ServerResponse): ResponseEnd {
  const isHttp2 = response.req?.httpVersionMajor === 2;
  return isHttp2
    ? endOfHttp2(response as Http2ServerResponse)
    : endOfHttp1(response as ServerResponse);
}

/** Whether the `close` of a response has been; that of HTTP/2 does not tell by itself. */
export function isClosed(response: ServerResponse): boolean {
  if (response.closed) return true;
  const { stream } = response as unknown as Partial<Http2ServerResponse>;
  return stream?.closed === true;
}

/**
 * Whether headers of a closed response went out. What waited in a pipeline has no socket yet and keeps
 * what it was given; a finished one has none any more.
 */
export function isBegun(response: ServerResponse): boolean {
  return response.headersSent && (response.socket !== null || response.writableFinished);
}

// Tried on Node 20 and 24. A response whose socket is lost with data still unwritten emits `finish`
// on 20, so the socket's error decides; a request that waited in a pipeline has lost its socket.
function endOfHttp1(response: ServerResponse): ResponseEnd {
  const socket = response.socket ?? response.req?.socket;
  const socketError = socket?.errored as NodeJS.ErrnoException | null | undefined;
  if (socketError?.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timed-out';
  if (socketError?.code !== undefined) return 'client-gone';
  if (response.writableFinished) return 'sent';
  if (response.socket === null) return 'client-gone';
  return socket?.readableEnded === true ? 'client-gone' : 'broken-off';
}

// Tried on Node 20, 22 and 24. writableFinished is true when the client cancels a stream, false when the
// connection is lost with data unwritten.
function endOfHttp2({ stream, writableEnded }: Http2ServerResponse): ResponseEnd {
  if (hasLostConnection(stream))
    return writableEnded && stream.writableFinished ? 'sent' : 'client-gone';
  const { rstCode: code, errored } = stream;
  // The client has ended all its streams, with this code.
  if ((errored as NodeJS.ErrnoException | null)?.code === 'ERR_HTTP2_SESSION_ERROR')
    return 'client-gone';
  if (code === http2NoError || code === undefined) return writableEnded ? 'sent' : 'broken-off';
  return code === http2InternalError ? 'broken-off' : 'client-gone';
}

/** The status that went out. */
export function sentStatusOf(response: ServerResponse): number {
  // With HTTP/2 the service may have answered on the stream, past the response.
  const { stream } = response as unknown as Partial<Http2ServerResponse>;
  return Number(stream?.sentHeaders?.[':status'] ?? response.statusCode);
}
