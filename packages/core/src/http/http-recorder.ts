import type { RegistryMetric } from '../self/registry.js';
import { HttpMetric } from './http-metric.js';
import { checkHttpOptions, type HttpOptions, type HttpRecorderOptions } from './http-options.js';
import { HttpSeriesTable, overflowSeries } from './http-series.js';

/**
 * The route of requests that no route took: the paths themselves would let any scanner make series.
 * `__unknown__` is fastify-metrics' word, whose metric and label names ours are too.
 */
export const unmatchedRoute = '__unknown__';

/** OpenTelemetry's known methods (RFC 9110 and PATCH); all others are one label, `_OTHER`. */
const knownMethods: ReadonlySet<string> = new Set(
  'CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT TRACE'.split(' '),
);

/** Status codes a service may show (place 0 is kept free); its further ones overflow. */
const statusPlaces = 64;

/** Makes a recorder; @throws PromAgentError CONFIG_INVALID for options it cannot use. */
export function createHttpRecorder(options: HttpOptions = {}): HttpRecorder {
  return new HttpRecorder(checkHttpOptions(options));
}

/**
 * PORT for frameworks: counts requests by method, route template and status code. A framework binds
 * a route once ({@link route}) and reports each request with {@link observe}, which allocates
 * nothing, hashes nothing and builds no string: route and status index a table of series, and a
 * series is an offset into typed arrays.
 */
export class HttpRecorder {
  /** What a registry shows, made at scrape time; see self/register-metric.ts. */
  readonly metric: RegistryMetric;
  readonly #series: HttpSeriesTable;

  readonly #routes: { readonly method: string; readonly template: string }[] = [];
  /** Method → template → route id: nested, so that no two pairs share a key. */
  readonly #routeIds = new Map<string, Map<string, number>>();

  /** Status code → its place in a route's row; 0: not seen yet. */
  readonly #statusPlaceOf = new Uint8Array(1000);
  #statusPlacesTaken = 0;
  /** `routeId * statusPlaces + place` → series; 0: none yet. */
  #seriesOf = new Int32Array(32 * statusPlaces);

  constructor(options: HttpRecorderOptions) {
    this.#series = new HttpSeriesTable(options.buckets, options.maxSeries);
    this.metric = new HttpMetric(options, this.#series, () => this.#seriesOf.fill(0));
  }

  /** Binds a route template; the same pair always gives the same id. Ids are small integers. */
  route(method: string, template: string): number {
    const label = knownMethods.has(method) ? method : '_OTHER';
    let ids = this.#routeIds.get(label);
    if (ids === undefined) {
      ids = new Map();
      this.#routeIds.set(label, ids);
    }
    let id = ids.get(template);
    if (id === undefined) {
      id = this.#routes.push({ method: label, template }) - 1;
      ids.set(template, id);
      if (this.#seriesOf.length < (id + 1) * statusPlaces) this.#growTable();
    }
    return id;
  }

  /** Counts one request. Seconds that are no duration (NaN, negative) count as 0. */
  observe(routeId: number, statusCode: number, seconds: number): void {
    const place = this.#statusPlaceOf[statusCode] ?? 0;
    let series = this.#seriesOf[routeId * statusPlaces + place] ?? 0;
    // The cells of place 0 stay 0, so a status that is new comes here too.
    if (series === 0) series = this.#addSeries(routeId, statusCode);
    this.#series.count(series, seconds);
  }

  #addSeries(routeId: number, statusCode: number): number {
    const place = this.#takeStatusPlace(statusCode);
    const route = this.#routes[routeId];
    if (place === 0 || route === undefined) return overflowSeries;
    const cell = routeId * statusPlaces + place;
    const series = this.#series.add({
      method: route.method,
      route: route.template,
      statusCode: String(statusCode),
    });
    this.#seriesOf[cell] = series;
    return series;
  }

  /** The status' place in every route's row; 0 when it is no status code or there are too many. */
  #takeStatusPlace(statusCode: number): number {
    const place = this.#statusPlaceOf[statusCode];
    if (place === undefined) return 0;
    if (place === 0 && this.#statusPlacesTaken < statusPlaces - 1) {
      this.#statusPlacesTaken++;
      this.#statusPlaceOf[statusCode] = this.#statusPlacesTaken;
    }
    return this.#statusPlaceOf[statusCode] ?? 0;
  }

  #growTable(): void {
    const larger = new Int32Array(this.#seriesOf.length * 2);
    larger.set(this.#seriesOf);
    this.#seriesOf = larger;
  }
}
