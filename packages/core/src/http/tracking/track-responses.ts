import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpRecorder, RequestEnd } from '../recorder/http-recorder.js';
import { clientClosedRequest } from '../recorder/status-places.js';
import { requestBodies } from './request-bodies.js';
import { over, responseBodies } from './response-bodies.js';
import { endOf } from './response-end.js';
import { onStatusLine } from './status-line.js';

/** A route that is not recorded. */
export const excludedRoute = -1;

const switchingProtocols = 101;

export interface TrackOptions<Request> {
  readonly recorder: HttpRecorder;
  /** The route a request took, asked when its response is over; {@link excludedRoute}: not counted. */
  routeIdOf(request: Request, statusCode: number): number;
  /** Told of what {@link routeIdOf} throws: the app must not hear of it. */
  onError(error: unknown): void;
}

/** To call when a request arrives; `request` is the framework's, the others Node.js', of HTTP/2 as well. */
export type Track<Request> = (
  request: Request,
  message: IncomingMessage,
  response: ServerResponse,
) => void;

/**
 * Gives a function that a framework calls when a request arrives. The request is counted once, when
 * its response closes: with the status sent, or 499 when the client was gone before the end. A
 * connection that goes over to another protocol is counted when it does.
 */
export function trackResponses<Request>(options: TrackOptions<Request>): Track<Request> {
  const { recorder, routeIdOf, onError } = options;
  // On the response itself, not in a WeakMap, and of this tracker only: an app may have two agents.
  const numbers: unique symbol = Symbol('prom-agent.request');
  type Tracked = ServerResponse & { [numbers]?: number };
  const requests: (Request | undefined)[] = [];
  const received = requestBodies(recorder);
  const sent = responseBodies(recorder, numbers);

  function count(number: number, status: number, end: RequestEnd): void {
    const request = requests[number] as Request;
    requests[number] = undefined;
    let routeId = excludedRoute;
    try {
      routeId = routeIdOf(request, status);
    } catch (error) {
      onError(error);
    }
    if (routeId === excludedRoute) recorder.cancel(number);
    else recorder.end(number, routeId, status, end);
  }

  function onClose(this: Tracked): void {
    const number = this[numbers] as number;
    if (number === over) return;
    this[numbers] = over;
    received.end(this.req, number);
    sent.end(this, number);
    const end = endOf(this);
    if (end === 'client-gone') {
      const phase = this.headersSent ? 'aborted-after-headers' : 'aborted-before-headers';
      count(number, clientClosedRequest, phase);
      return;
    }
    // Where the service itself broke off, a status that went out stands; without one it failed.
    count(number, end === 'sent' || this.headersSent ? this.statusCode : 500, 'sent');
  }

  return (request, message, response: Tracked) => {
    if (response[numbers] !== undefined) return;
    const number = recorder.begin(message.method ?? '');
    response[numbers] = number;
    requests[number] = request;
    received.begin(message, number);
    sent.begin(response);
    // One listener for all requests: `close` comes after `finish` and in every other case too.
    response.on('close', onClose);
    if ((message as { upgrade?: boolean }).upgrade !== true) return;
    onStatusLine(message.socket, (status) => {
      if (status !== switchingProtocols || response[numbers] !== number) return;
      response[numbers] = over;
      received.end(message, number);
      sent.end(response, number);
      count(number, switchingProtocols, 'sent');
    });
  };
}
