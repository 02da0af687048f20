import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Agent, ExpositionResponse } from '../agent-api.js';
import { checkEndpoints } from './check-endpoints.js';
import type { ClientMetricsOptions } from './client/client-options.js';
import { type ClientRequests, recordClientRequests } from './client/record-client-requests.js';
import { federateResponse, textResponse } from './federate-endpoint.js';
import { HeldRecorder } from './held-recorder.js';
import { metricsRequest } from './metrics-endpoint.js';
import { askedOptions } from './options/asked-options.js';
import type { HttpOptions } from './options/http-options.js';
import { createHttpRecorder, type HttpRecorder } from './recorder/http-recorder.js';
import { sendExposition } from './send-exposition.js';
import type { TrackOptions } from './tracking/count-request.js';
import { RouteLabels } from './tracking/route-labels.js';
import { type Track, trackResponses } from './tracking/track-responses.js';
import { type TrackUpgrade, trackUpgrades } from './tracking/track-upgrades.js';

/** What a {@link NodeHandler} serves and records; every field has a default. */
export interface NodeHandlerOptions {
  /** Path of the metrics. Default `/metrics`; false serves none. */
  endpoint?: string | false;
  /** Path of the last samples of the scraped targets. Default `/federate`; false serves none. */
  federateEndpoint?: string | false;
  /** Metrics of the requests the service answers. Default true; false records none. */
  http?: HttpOptions<IncomingMessage> | boolean;
  /**
   * Metrics of the requests that are sent through undici or `fetch`, the agent's own left out.
   * Default false.
   */
  client?: ClientMetricsOptions | boolean;
  /** Told what went wrong with a request of the agent's, or with counting one. Default: a warning. */
  onError?: (error: unknown) => void;
}

/**
 * An agent in a service of plain `node:http`, `node:https` or `node:http2`: first thing in its request
 * listener, `if (handler.handle(request, response)) return;`.
 */
export class NodeHandler {
  readonly #agent: Agent;
  readonly #endpoint: string | false;
  readonly #federateEndpoint: string | false;
  readonly #onError: (error: unknown) => void;
  readonly #held: HeldRecorder | undefined;
  readonly #track: Track<IncomingMessage> | undefined;
  readonly #trackUpgrade: TrackUpgrade<IncomingMessage> | undefined;
  readonly #labels: RouteLabels<IncomingMessage> | undefined;
  readonly #client: ClientRequests | undefined;
  readonly #routes = new WeakMap<IncomingMessage, string>();

  /** @throws PromAgentError CONFIG_INVALID, REGISTRY_CONFLICT */
  constructor(agent: Agent, options: NodeHandlerOptions = {}) {
    const { endpoint = '/metrics', federateEndpoint = '/federate' } = options;
    const http = askedOptions(options.http ?? true);
    checkEndpoints({ endpoint, federateEndpoint });
    this.#agent = agent;
    this.#endpoint = endpoint;
    this.#federateEndpoint = federateEndpoint;
    this.#onError = options.onError ?? warn;
    if (http !== undefined) {
      const recorder = createHttpRecorder(http);
      this.#labels = new RouteLabels(recorder, http);
      const tracked = this.#trackOptions(recorder, this.#labels);
      this.#track = trackResponses(tracked);
      this.#trackUpgrade = trackUpgrades(tracked);
      this.#held = new HeldRecorder(agent.registry, recorder, this.#onError);
    }
    try {
      this.#client = recordClientRequests(agent.registry, options.client, this.#onError);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Records the request; true when it was for the agent and is answered. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { method = '', url = '' } = request;
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    const isRead = method === 'GET' || method === 'HEAD';
    if (isRead && path === this.#endpoint) {
      void this.#answer(request, response, this.#agent.metrics(metricsRequest(request)));
      return true;
    }
    if (isRead && path === this.#federateEndpoint) {
      void this.#answer(request, response, federateResponse(this.#agent, request));
      return true;
    }
    if (!this.#isLeftOut(request, method, url)) this.#track?.(request, request, response);
    return false;
  }

  /**
   * Records a request that the service answers on its connection, with `101` or otherwise: first thing
   * in the server's listeners of `upgrade` (WebSockets) and `connect`.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex): void {
    const { method = '', url = '' } = request;
    if (!this.#isLeftOut(request, method, url)) this.#trackUpgrade?.(request, request, socket);
  }

  /** Says which route took a request, as a template (`/orders/:id`), before its response is over. */
  setRoute(request: IncomingMessage, template: string): void {
    this.#routes.set(request, template);
  }

  /** Takes the metrics out of the registry; the agent stays. */
  close(): void {
    this.#client?.close();
    this.#held?.close();
  }

  #trackOptions(
    recorder: HttpRecorder,
    labels: RouteLabels<IncomingMessage>,
  ): TrackOptions<IncomingMessage> {
    return {
      recorder,
      routeIdOf: (request, statusCode) => {
        const template = this.#routes.get(request);
        const { method = '' } = request;
        return labels.isPerRequest(template)
          ? labels.forRequest(method, template, request, statusCode)
          : labels.bind(method, template);
      },
      onError: this.#onError,
    };
  }

  #isLeftOut(request: IncomingMessage, method: string, url: string): boolean {
    if (this.#labels === undefined || this.#held?.isCountedElsewhere(request)) return true;
    if (!this.#labels.ignoresSome) return false;
    try {
      return this.#labels.isIgnored(request, method, url);
    } catch (error) {
      this.#onError(error);
      return false;
    }
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    answer: Promise<ExpositionResponse>,
  ): Promise<void> {
    try {
      const exposition = await answer.catch((error: unknown) => {
        this.#onError(error);
        return textResponse(500, 'prom-agent could not answer; the log says why');
      });
      await sendExposition(request, response, exposition);
    } catch (error) {
      this.#onError(error);
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error.message : String(error), 'PromAgentWarning');
}
