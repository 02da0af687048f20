import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { HttpRecorder } from './http-recorder.js';

/** nginx's status for a client that went away before it had its answer. */
const clientClosedRequest = 499;

const http2NoError = 0;
const http2InternalError = 2;

export interface TrackOptions<Request> {
  readonly recorder: HttpRecorder;
  /** The route a request took, asked when its response is over. */
  routeIdOf(request: Request): number;
  /** Told of what {@link routeIdOf} throws: the app must not hear of it. */
  onError(error: unknown): void;
}

/**
 * Gives a function that a framework calls when a request arrives. The request is counted once, when
 * its response closes: with the status sent, or 499 when the client was gone before the end.
 */
export function trackResponses<Request>(
  options: TrackOptions<Request>,
): (request: Request, response: ServerResponse) => void {
  const { recorder, routeIdOf, onError } = options;
  // On the response itself, not in a WeakMap, and of this tracker only: an app may have two agents.
  const arrived: unique symbol = Symbol('prom-agent.arrived');
  const arrivedMs: unique symbol = Symbol('prom-agent.arrivedMs');
  type Tracked = ServerResponse & { [arrived]?: Request; [arrivedMs]?: number };

  function onClose(this: Tracked): void {
    try {
      const seconds = (performance.now() - (this[arrivedMs] ?? Number.NaN)) / 1000;
      recorder.observe(routeIdOf(this[arrived] as Request), finalStatus(this), seconds);
    } catch (error) {
      onError(error);
    }
  }

  return (request, response: Tracked) => {
    if (response[arrivedMs] !== undefined) return;
    response[arrived] = request;
    response[arrivedMs] = performance.now();
    // One listener for all requests: `close` comes after `finish` and in every other case too.
    response.on('close', onClose);
  };
}

/** What the client has seen, or would have. */
export function finalStatus(response: ServerResponse | Http2ServerResponse): number {
  const end = 'stream' in response ? endOfHttp2(response) : endOfHttp1(response);
  if (end === 'sent') return response.statusCode;
  if (end === 'client-gone') return clientClosedRequest;
  // The service itself broke off: a status that went out stands, and without one it was its failure.
  return response.headersSent ? response.statusCode : 500;
}

type ResponseEnd = 'sent' | 'client-gone' | 'broken-off';

// Tried on Node 20 and 24. A response whose socket is lost with data still unwritten emits `finish`
// on 20, so the socket's error decides; a request that waited in a pipeline has lost its socket.
function endOfHttp1(response: ServerResponse): ResponseEnd {
  const socket = response.socket ?? response.req?.socket;
  const socketError = socket?.errored as NodeJS.ErrnoException | null | undefined;
  if (socketError?.code !== undefined) return 'client-gone';
  if (response.writableFinished) return 'sent';
  if (response.socket === null) return 'client-gone';
  return socket?.readableEnded === true ? 'client-gone' : 'broken-off';
}

// writableFinished says nothing here: it is true when the client cancels a stream.
function endOfHttp2({ stream, writableEnded }: Http2ServerResponse): ResponseEnd {
  const code = stream?.rstCode;
  if (code === http2NoError || code === undefined) return writableEnded ? 'sent' : 'broken-off';
  return code === http2InternalError ? 'broken-off' : 'client-gone';
}
