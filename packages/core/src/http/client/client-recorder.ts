import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Clock } from '../../clock.js';
import { isOwnRequest } from '../../http-client/own-requests.js';
import type { RegistryMetric } from '../../self/registry.js';
import { HttpRecorder } from '../recorder/http-recorder.js';
import { checkClientOptions } from './check-client-options.js';
import type { ClientIgnoreOptions, ClientMetricsOptions } from './client-options.js';
import { ClientRoutes } from './client-routes.js';
import { type ClientServer, ClientServers } from './client-servers.js';
import { clientErrorOf, clientErrors } from './request-failure.js';
import { requestHooks, type UndiciRequest } from './undici-request.js';

/** In place of the number of a request that is not counted, or was. */
const none = -1;

const switchingProtocols = 101;

/** What undici's channels publish; not all of it each. */
interface Message {
  readonly request: UndiciRequest;
  readonly response: { readonly statusCode: number };
  readonly error: unknown;
}

/**
 * Counts the requests this thread makes through undici and `fetch`, whichever copy of undici it is, from
 * {@link open} to {@link close}; those of agents themselves are left out. Per request numbers are
 * added in typed arrays, as by {@link HttpRecorder}; what the app's own functions make aside.
 */
export class ClientRecorder {
  /** For registerMetric (self/register-metric.ts). */
  readonly metrics: readonly RegistryMetric[];
  readonly #recorder: HttpRecorder;
  readonly #servers: ClientServers;
  readonly #routes: ClientRoutes;
  readonly #ignore: ClientIgnoreOptions;
  readonly #hook: (request: UndiciRequest) => void;
  readonly #onCreate: (message: unknown) => void;
  /** To the end of a request. */
  readonly #listeners: readonly [channel: string, listener: (message: unknown) => void][];
  /** The field of a request with its number; of this recorder only, an app may have two. */
  readonly #number = Symbol('prom-agent.outgoing');
  readonly #serverOf: (ClientServer | undefined)[] = [];
  /** Number → status code; 0 until the headers have come. */
  readonly #statusOf: number[] = [];

  /** `onError`: told of what functions of the app throw. @throws PromAgentError CONFIG_INVALID */
  constructor(given: ClientMetricsOptions, onError: (error: unknown) => void, clock?: Clock) {
    const { recorder, serverLabels, options } = checkClientOptions(given);
    const { ignore = {} } = options;
    this.#ignore = ignore;
    this.#servers = new ClientServers(serverLabels, ignore.servers ?? [], recorder.maxSeries);
    const inFlight = this.#servers.rows(recorder.constantLabels);
    this.#recorder = new HttpRecorder(recorder, clock, inFlight);
    this.#routes = new ClientRoutes(this.#recorder, this.#servers, options);
    this.metrics = this.#recorder.metrics;
    const guarded = listenerGuard(onError);
    const headersCame = guarded(({ request, response }) =>
      this.#headersCame(request, response.statusCode),
    );
    const end = guarded(({ request }) => this.#end(request));
    this.#hook = requestHooks({
      sent: (request, bytes) => {
        const number = this.#numberOf(request);
        if (number !== none) this.#recorder.addRequestBytes(number, bytes);
      },
      received: (request, bytes) => {
        const number = this.#numberOf(request);
        if (number !== none) this.#recorder.addResponseBytes(number, bytes);
      },
      upgraded(request, statusCode) {
        headersCame({ request, response: { statusCode } });
        end({ request });
      },
    });
    this.#onCreate = guarded(({ request }) => this.#begin(request));
    this.#listeners = [
      ['undici:request:headers', headersCame],
      ['undici:request:trailers', end],
      ['undici:request:error', guarded(({ request, error }) => this.#fail(request, error))],
    ];
  }

  open(): void {
    for (const [channel, listener] of this.#listeners) subscribe(channel, listener);
    this.resume();
  }

  /** Another counts the next requests; those that are under way are counted to their end. */
  pause(): void {
    unsubscribe('undici:request:create', this.#onCreate);
  }

  resume(): void {
    subscribe('undici:request:create', this.#onCreate);
  }

  /** Requests that are under way are not counted any more. */
  close(): void {
    this.pause();
    for (const [channel, listener] of this.#listeners) unsubscribe(channel, listener);
  }

  #begin(request: UndiciRequest): void {
    if (isOwnRequest()) return;
    const server = this.#servers.of(request.origin);
    const { methods, request: isIgnored } = this.#ignore;
    if (server.isIgnored || methods?.includes(request.method)) return;
    if (isIgnored?.(request) === true) return;
    const number = this.#recorder.begin(request.method);
    server.inFlight++;
    this.#serverOf[number] = server;
    this.#statusOf[number] = 0;
    request[this.#number] = number;
    this.#hook(request);
  }

  #headersCame(request: UndiciRequest, statusCode: number): void {
    const number = this.#numberOf(request);
    // A 103 comes before the response.
    if (number === none || (statusCode < 200 && statusCode !== switchingProtocols)) return;
    this.#statusOf[number] = statusCode;
    this.#recorder.headersSent(number);
  }

  #end(request: UndiciRequest): void {
    const number = this.#numberOf(request);
    if (number === none) return;
    const statusCode = this.#statusOf[number] as number;
    const routeId = this.#release(request, number, statusCode);
    this.#recorder.end(number, routeId, statusCode, 'sent');
  }

  #fail(request: UndiciRequest, error: unknown): void {
    const number = this.#numberOf(request);
    if (number === none) return;
    const code = clientErrors.indexOf(clientErrorOf(error)) + 1;
    const headersCame = this.#statusOf[number] !== 0;
    const end = headersCame ? 'aborted-after-headers' : 'aborted-before-headers';
    this.#recorder.end(number, this.#release(request, number, code), code, end);
  }

  #numberOf(request: UndiciRequest): number {
    return (request[this.#number] as number | undefined) ?? none;
  }

  /** The request is over: gives the route it is counted with. */
  #release(request: UndiciRequest, number: number, code: number): number {
    request[this.#number] = none;
    const server = this.#serverOf[number] as ClientServer;
    this.#serverOf[number] = undefined;
    server.inFlight--;
    try {
      return this.#routes.idOf(server, request, code);
    } catch (error) {
      this.#recorder.cancel(number);
      throw error;
    }
  }
}

/** What a listener of a channel throws would end the process. */
function listenerGuard(onError: (error: unknown) => void) {
  return (listener: (message: Message) => void) =>
    (message: unknown): void => {
      try {
        listener(message as Message);
      } catch (error) {
        onError(error);
      }
    };
}
