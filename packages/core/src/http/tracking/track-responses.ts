import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { RequestEnd } from '../recorder/http-recorder.js';
import { clientClosedRequest } from '../recorder/status-places.js';
import { countRequest, type TrackOptions } from './count-request.js';
import { countHttp2Body } from './http2-bodies.js';
import { watchConnection } from './http2-connections.js';
import {
  isObservedBy,
  numberOfResponse,
  observe,
  over,
  type ResponseObserver,
  requestOfResponse,
  takeObserved,
} from './observable-response.js';
import { followPastResponse, statusPastResponse } from './past-response.js';
import { prepareServer } from './prepare-server.js';
import { requestBodies } from './request-bodies.js';
import { type Counting, ResponseBodies } from './response-bodies.js';
import { endOf, isBegun, isClosed, type ResponseEnd, sentStatusOf } from './response-end.js';
import { waitingResponses } from './waiting-responses.js';

const requestTimeout = 408;
const internalServerError = 500;

export interface Track<Request> {
  /** To call when a request arrives; `request` is the framework's, the others Node.js', of HTTP/2 as well. */
  (request: Request, message: IncomingMessage, response: ServerResponse): void;
  /** To call before the service answers on the connection itself, past a response that is tracked. */
  hijacked(response: ServerResponse): void;
}

/** What a response counts with that was not sent whole. */
function unsent(response: ServerResponse, end: ResponseEnd): [status: number, end: RequestEnd] {
  const pastResponse = statusPastResponse(response);
  // Which side has ended a connection that had its answer cannot be told, unless it was reset.
  if (pastResponse !== undefined && !response.req.socket.errored) return [pastResponse, 'sent'];
  if (end === 'client-gone') {
    const hasHeaders = isBegun(response) || pastResponse !== undefined;
    return [clientClosedRequest, hasHeaders ? 'aborted-after-headers' : 'aborted-before-headers'];
  }
  // Where the service itself broke off, a status that went out stands; without one it failed.
  if (response.headersSent) return [sentStatusOf(response), 'sent'];
  return [end === 'timed-out' ? requestTimeout : internalServerError, 'sent'];
}

/**
 * Gives a function that a framework calls when a request arrives. The request is counted once, when
 * its response closes: with the status sent, on the connection itself as well, or 499 when the client
 * was gone before the end. A connection that goes over to another protocol is counted when it does.
 */
export function trackResponses<Request>(options: TrackOptions<Request>): Track<Request> {
  const { recorder } = options;
  const received = requestBodies(recorder);
  const sent = new ResponseBodies(recorder);
  // Of this tracker only: an app may have two agents.
  const countings: unique symbol = Symbol('prom-agent.counting');
  type Followed = Counting & { readonly request: Request };
  type Tracked = ServerResponse & { [countings]?: Followed };

  function finish(response: ServerResponse, number: number, request: Request): void {
    received.end(response.req, number);
    sent.finish(response, number);
    const end = endOf(response);
    if (end === 'sent') countRequest(options, number, request, sentStatusOf(response), 'sent');
    else countRequest(options, number, request, ...unsent(response, end));
  }

  const observer: ResponseObserver = {
    onWrite: (response, chunk, encoding) =>
      sent.addChunk(response, numberOfResponse(response), chunk, encoding),
    onFlush: (response) => sent.addFlush(numberOfResponse(response)),
    onEnd: (response, chunk, encoding) =>
      sent.addEnd(response, numberOfResponse(response), chunk, encoding),
    onOver(response) {
      const request = requestOfResponse(response) as Request;
      const number = takeObserved(response);
      if (number !== over) finish(response, number, request);
    },
  };

  /** Of HTTP/2, in the hands of another tracker or changed by somebody: with functions of its own. */
  function follow(response: Tracked, counting: Followed): void {
    response[countings] = counting;
    if (response.req.httpVersionMajor === 2) {
      watchConnection((response as unknown as Http2ServerResponse).stream);
      countHttp2Body(response, recorder, counting);
    } else {
      // Node.js' own field, which sockets of other origin lack.
      const { server } = response.req.socket as { server?: object };
      if (server !== undefined) prepareServer(server, options.prototypesOf);
      sent.wrap(response, counting);
      keepIfWaiting(response);
    }
    // `close` comes after `finish` and in nearly every other case too.
    response.on('close', () => close(response));
  }

  function close(response: Tracked): void {
    const counting = response[countings];
    const request = counting === undefined ? requestOfResponse(response) : counting.request;
    const number = takeNumber(response);
    if (number !== over) finish(response, number, request as Request);
  }

  /** The number a response is counted with; from now on it has none. */
  function takeNumber(response: Tracked): number {
    const counting = response[countings];
    if (counting === undefined) return takeObserved(response);
    const { number } = counting;
    counting.number = over;
    return number;
  }

  const keepIfWaiting = waitingResponses<Tracked>(close);

  function track(request: Request, message: IncomingMessage, response: Tracked): void {
    if (isObservedBy(response, observer) || response[countings] !== undefined) return;
    const number = recorder.begin(message.method ?? '');
    received.begin(message, number);
    if (observe(response, observer, number, request)) keepIfWaiting(response);
    else follow(response, { number, request });
    // Left while something before this one, as a hook that asks a database, had the request: `close` has been.
    if (isClosed(response)) close(response);
    else if ((message as { upgrade?: boolean }).upgrade === true) hijacked(response);
  }

  function hijacked(response: Tracked): void {
    const isTracked = isObservedBy(response, observer) || response[countings] !== undefined;
    if (isTracked) followPastResponse(response, close);
  }

  return Object.assign(track, { hijacked });
}
