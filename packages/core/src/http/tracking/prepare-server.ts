import { IncomingMessage, type Server, ServerResponse } from 'node:http';
import {
  type AppPrototypes,
  canBeginWith,
  type RequestClass,
  requestsWith,
  responsesWith,
} from './app-prototypes.js';
import { observableClass, type ResponseClass } from './observable-response.js';

type Fields = Record<symbol, unknown>;

/** Whoever listens to these is given requests. */
const eventsOfRequests = [
  'request',
  'checkContinue',
  'checkExpectation',
  'connect',
  'dropRequest',
  'upgrade',
] as const;

const prepared = new WeakSet<object>();

/**
 * Lets a server of HTTP/1 make its next responses ready for an observer, which then costs them less. One
 * that was not made by Node.js stays as it is.
 *
 * `prototypesOf` says of a listener of requests which prototypes it is going to give them: where nobody
 * else listens, they have these from the beginning.
 */
export function prepareServer(
  server: object,
  prototypesOf?: (listener: unknown) => AppPrototypes | undefined,
): void {
  if (prepared.has(server)) return;
  prepared.add(server);
  const fields = server as Fields;
  const responses = fieldOf(fields, ServerResponse);
  if (responses === undefined) return;
  const Response = fields[responses] as ResponseClass;
  fields[responses] = observableClass(Response);
  const prototypes = prototypesOf?.(onlyListener(server as Server));
  const requests = fieldOf(fields, IncomingMessage);
  if (prototypes === undefined || requests === undefined) return;
  // Classes of the app's own may need their own prototype.
  if (Response !== ServerResponse || fields[requests] !== IncomingMessage) return;
  givePrototypes(server as Server, { requests, responses }, prototypes);
}

/** Until another listener comes, which is to be given what Node.js would give it. */
function givePrototypes(
  server: Server,
  { requests, responses }: { requests: symbol; responses: symbol },
  prototypes: AppPrototypes,
): void {
  if (!canBeginWith(prototypes)) return;
  const fields = server as unknown as Fields;
  const Request = fields[requests] as RequestClass;
  const Response = fields[responses] as ResponseClass;
  fields[requests] = requestsWith(prototypes.request, Request);
  fields[responses] = responsesWith(prototypes.response, Response);
  server.on('newListener', function takeBack(event: string | symbol) {
    if (!eventsOfRequests.some((one) => one === event)) return;
    fields[requests] = Request;
    fields[responses] = Response;
    server.off('newListener', takeBack);
  });
}

function onlyListener(server: Server): unknown {
  const listeners = eventsOfRequests.flatMap((event) => server.listeners(event));
  return listeners.length === 1 ? server.listeners('request')[0] : undefined;
}

/** The classes a server makes its requests and responses of are in fields of Node.js', under symbols. */
function fieldOf(fields: Fields, Base: typeof IncomingMessage | typeof ServerResponse) {
  return Object.getOwnPropertySymbols(fields).find((symbol) => {
    const value = fields[symbol];
    return typeof value === 'function' && (value === Base || value.prototype instanceof Base);
  });
}
