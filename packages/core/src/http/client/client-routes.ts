import type { HttpLabelValue } from '../options/http-options.js';
import type { HttpRecorder } from '../recorder/http-recorder.js';
import { methodLabels, methodPlace } from '../recorder/methods.js';
import { overflowRoute } from '../recorder/series-of-requests.js';
import type { ClientMetricsOptions } from './client-options.js';
import type { ClientServer, ClientServers } from './client-servers.js';
import type { OutgoingRequest } from './outgoing-request.js';

type LabelFunction = Exclude<HttpLabelValue<OutgoingRequest>, string>;

/** Under which labels an outgoing request is counted: the recorder's ids, kept where they can be. */
export class ClientRoutes {
  readonly #recorder: HttpRecorder;
  readonly #servers: ClientServers;
  readonly #routeOf: ClientMetricsOptions['route'];
  readonly #requestLabels: readonly [name: string, value: LabelFunction][];
  #generation = 0;

  constructor(
    recorder: HttpRecorder,
    servers: ClientServers,
    { route, labels = {} }: ClientMetricsOptions,
  ) {
    this.#recorder = recorder;
    this.#servers = servers;
    this.#routeOf = route;
    this.#requestLabels = Object.entries(labels).filter(
      (entry): entry is [string, LabelFunction] => typeof entry[1] === 'function',
    );
  }

  /** The id to end a request with, at once. Throws what a function of the app throws. */
  idOf(server: ClientServer, request: OutgoingRequest, statusCode: number): number {
    if (server.isOverflow) return overflowRoute;
    const route = this.#routeOf === undefined ? '' : String(this.#routeOf(request));
    if (this.#requestLabels.length > 0) return this.#labelled(server, request, route, statusCode);
    if (this.#generation !== this.#recorder.routeGeneration) {
      this.#generation = this.#recorder.routeGeneration;
      this.#servers.forgetIdle();
    }
    const known = server.routeIds.get(route)?.[methodPlace(request.method)] ?? overflowRoute;
    return known === overflowRoute ? this.#bind(server, request.method, route) : known;
  }

  #bind(server: ClientServer, method: string, route: string): number {
    const id = this.#recorder.route(method, route, server.labels);
    if (id === overflowRoute) return id;
    const ids = server.routeIds.get(route) ?? new Int32Array(methodLabels.length);
    ids[methodPlace(method)] = id;
    server.routeIds.set(route, ids);
    return id;
  }

  #labelled(
    server: ClientServer,
    request: OutgoingRequest,
    route: string,
    statusCode: number,
  ): number {
    const labels: Record<string, string> = { ...server.labels };
    for (const [name, value] of this.#requestLabels) {
      labels[name] = String(value(request, statusCode));
    }
    return this.#recorder.route(request.method, route, labels);
  }
}
