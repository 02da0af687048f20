import type { ValueRows } from '../metrics/value-metric.js';
import type { Labels } from '../recorder/label-table.js';
import { overflowLabel } from '../recorder/series-table.js';
import { matches } from '../tracking/route-labels.js';
import type { ServerLabelNames } from './check-client-options.js';

/** A server that requests go to. */
export interface ClientServer {
  readonly labels: Labels;
  readonly isIgnored: boolean;
  /** Of those that are too many: they are not told apart. */
  readonly isOverflow: boolean;
  /** Route → by the place of a method the recorder's id of the route; 0: none yet. */
  readonly routeIds: Map<string, Int32Array>;
  inFlight: number;
}

/** The servers by the origins in requests: a look-up for each request, which makes nothing. */
export class ClientServers {
  readonly #names: ServerLabelNames;
  readonly #ignored: readonly (string | RegExp)[];
  readonly #most: number;
  readonly #byOrigin = new Map<string, ClientServer>();
  readonly #overflow: ClientServer;

  /** `ignored`: names as `host:port`; `most`: origins that are told apart. */
  constructor(names: ServerLabelNames, ignored: readonly (string | RegExp)[], most: number) {
    this.#names = names;
    this.#ignored = ignored;
    this.#most = most;
    this.#overflow = newServer(this.#labels(overflowLabel, overflowLabel), false, true);
  }

  of(origin: string | URL): ClientServer {
    const text = typeof origin === 'string' ? origin : origin.origin;
    return this.#byOrigin.get(text) ?? this.#add(text);
  }

  /** Requests in flight. A server has its row from its first request on. */
  rows(constantLabels: Labels): ValueRows {
    let rows: { labels: Labels; value: number }[] = [];
    return {
      count: () => {
        rows = this.#sums(constantLabels);
        return rows.length;
      },
      read: (index) => rows[index],
    };
  }

  /** Ids of routes may be others' now; servers that nothing is sent to make room. */
  forgetIdle(): void {
    for (const [origin, server] of this.#byOrigin) {
      server.routeIds.clear();
      if (server.inFlight === 0) this.#byOrigin.delete(origin);
    }
  }

  #add(origin: string): ClientServer {
    const { protocol, hostname, port: written } = new URL(origin);
    const port = written || (protocol === 'https:' ? '443' : '80');
    const isIgnored = this.#ignored.some((pattern) => matches(pattern, `${hostname}:${port}`));
    if (this.#byOrigin.size >= this.#most && !isIgnored) return this.#overflow;
    const server = newServer(this.#labels(hostname, port), isIgnored, false);
    if (this.#byOrigin.size < this.#most) this.#byOrigin.set(origin, server);
    return server;
  }

  #labels(host: string, port: string): Labels {
    const { server: serverName, port: portName } = this.#names;
    const labels: Record<string, string> = {};
    if (serverName !== undefined) labels[serverName] = serverText(host, port, portName);
    if (portName !== undefined) labels[portName] = port;
    return labels;
  }

  /** One row for all origins with the same labels: `http://a` and `http://a:80`, or all of them. */
  #sums(constantLabels: Labels): { labels: Labels; value: number }[] {
    const sums = new Map<string, { labels: Labels; value: number }>();
    for (const { labels, isIgnored, inFlight } of [...this.#byOrigin.values(), this.#overflow]) {
      if (isIgnored || (labels === this.#overflow.labels && inFlight === 0)) continue;
      const key = JSON.stringify(labels);
      const sum = sums.get(key) ?? { labels: { ...labels, ...constantLabels }, value: 0 };
      sum.value += inFlight;
      sums.set(key, sum);
    }
    return [...sums.values()];
  }
}

function newServer(labels: Labels, isIgnored: boolean, isOverflow: boolean): ClientServer {
  return { labels, isIgnored, isOverflow, routeIds: new Map(), inFlight: 0 };
}

function serverText(host: string, port: string, portName: string | undefined): string {
  if (host === overflowLabel) return host;
  // OpenTelemetry's address has no brackets.
  return portName === undefined ? `${host}:${port}` : host.replace(/^\[|\]$/g, '');
}
