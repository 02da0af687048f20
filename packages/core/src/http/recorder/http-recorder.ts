import { type Clock, systemClock } from '../../clock.js';
import type { RegistryMetric } from '../../self/registry.js';
import { recorderMetrics } from '../metrics/recorder-metrics.js';
import type { ValueRows } from '../metrics/value-metric.js';
import { checkHttpOptions } from '../options/check-http-options.js';
import type { HttpOptions } from '../options/http-options.js';
import type { HttpRecorderOptions } from '../options/recorder-options.js';
import { activeSpan, tracingApi } from './active-span.js';
import { observed } from './bucket-grid.js';
import {
  headersMs,
  InFlight,
  method as methodField,
  requestBytes,
  responseBytes,
  startMs,
} from './in-flight.js';
import type { Labels } from './label-table.js';
import { methodLabels, methodPlace } from './methods.js';
import { RequestCounts } from './request-counts.js';
import { SeriesOfRequests } from './series-of-requests.js';
import { type Stamp, stampOf } from './stamp.js';

/** Makes a recorder; @throws PromAgentError CONFIG_INVALID for options it cannot use. */
export function createHttpRecorder(options: HttpOptions = {}, clock?: Clock): HttpRecorder {
  return new HttpRecorder(checkHttpOptions(options), clock);
}

/** How a request ended: answered, or left by its client before or after the headers. */
export type RequestEnd = 'sent' | 'aborted-before-headers' | 'aborted-after-headers';

/**
 * PORT for frameworks: counts requests by method, route template and status code. A framework binds
 * a route once ({@link route}) and reports each request with {@link begin} and {@link end}, which
 * read the clock once each and else add numbers in typed arrays: no string is built or looked up,
 * nothing is allocated. What a registry shows is made of them at scrape time.
 */
export class HttpRecorder {
  /** For registerMetric (self/register-metric.ts). */
  readonly metrics: readonly RegistryMetric[];
  readonly #options: HttpRecorderOptions;
  readonly #stamp: Stamp;
  readonly #series: SeriesOfRequests;
  readonly #counts: RequestCounts;
  readonly #inFlight = new InFlight();
  readonly #hasExemplars: boolean;
  /** Looked for at the start and, while it is not there, before each scrape. */
  #tracing: ReturnType<typeof tracingApi>;

  /** `inFlightRows`: where requests in flight are not told apart by their method. */
  constructor(options: HttpRecorderOptions, injectedClock?: Clock, inFlightRows?: ValueRows) {
    this.#options = options;
    this.#stamp = stampOf(injectedClock);
    const clock = injectedClock ?? systemClock;
    const { labelNames, constantLabels, requestLabelNames } = options;
    const { method, route, statusCode, errorType } = labelNames;
    const constantNames = Object.keys(constantLabels);
    const labels = {
      routeNames: [method, route, ...requestLabelNames, ...constantNames].filter(isName),
      statusNames: [statusCode, errorType].filter(isName),
      statusLabels: (code: number) => statusLabels(options, code),
    };
    this.#series = new SeriesOfRequests(labels, options, clock);
    this.#counts = new RequestCounts(options);
    this.#hasExemplars = this.#counts.exemplars !== undefined;
    this.#findTracing();
    this.metrics = recorderMetrics({
      options,
      originMs: () => {
        this.#stamp(this.#inFlight.endMs, 0);
        return clock.nowMs() - (this.#inFlight.endMs[0] as number);
      },
      counts: this.#counts,
      table: this.#series.table,
      inFlightRows,
      collect: () => {
        this.#findTracing();
        this.#forgetIdle();
      },
      reset: () => this.#reset(),
    });
  }

  /**
   * Binds a route template; the same pair always gives the same id, a small integer to keep. With
   * labels that come from a request the id is for at once, or until {@link routeGeneration} rises.
   */
  route(method: string, template: string, requestLabels?: Labels): number {
    const { labelNames, constantLabels } = this.#options;
    const labels: Record<string, string> = {};
    const label = methodLabels[methodPlace(method)] as string;
    if (labelNames.method !== undefined) labels[labelNames.method] = label;
    if (labelNames.route !== undefined) labels[labelNames.route] = template;
    Object.assign(labels, requestLabels, constantLabels);
    return this.#series.route(labels, requestLabels !== undefined);
  }

  /** Rises when ids of routes with labels that come from requests may have become others'. */
  get routeGeneration(): number {
    return this.#series.generation;
  }

  /** A request has come; gives the number to end it with. */
  begin(method: string): number {
    const inFlight = this.#inFlight;
    const request = inFlight.take();
    const place = methodPlace(method);
    this.#counts.inFlight[place]!++;
    this.#counts.methodsSeen[place] = 1;
    const { fields } = inFlight;
    fields[request + methodField] = place;
    if (this.#tracing !== undefined) {
      const span = activeSpan(this.#tracing);
      if (span !== undefined) inFlight.keepSpan(request, span);
    }
    this.#stamp(fields, request + startMs);
    return request;
  }

  /** The headers of a streamed response go out now; later calls say nothing new. */
  headersSent(request: number): void {
    const { fields } = this.#inFlight;
    if (Number.isNaN(fields[request + headersMs])) this.#stamp(fields, request + headersMs);
  }

  /** Bytes of the request's body that have come. */
  addRequestBytes(request: number, bytes: number): void {
    this.#inFlight.fields[request + requestBytes]! += bytes;
  }

  /** Bytes of the response's body that were written. */
  addResponseBytes(request: number, bytes: number): void {
    this.#inFlight.fields[request + responseBytes]! += bytes;
  }

  /** The bytes of the request's body in place of what was added. */
  setRequestBytes(request: number, bytes: number): void {
    this.#inFlight.fields[request + requestBytes] = bytes;
  }

  /** The bytes of the response's body in place of what was added. */
  setResponseBytes(request: number, bytes: number): void {
    this.#inFlight.fields[request + responseBytes] = bytes;
  }

  /** The request is over: counts it once. Its number is another's from now on. */
  end(request: number, routeId: number, statusCode: number, end: RequestEnd): void {
    const inFlight = this.#inFlight;
    const counts = this.#counts;
    const { fields } = inFlight;
    this.#stamp(inFlight.endMs, 0);
    const nowMs = inFlight.endMs[0] as number;
    const series = this.#series.series(routeId, statusCode);
    const beganMs = fields[request + startMs] as number;
    observed[0] = (nowMs - beganMs) / 1000;
    const cell = counts.duration.add(series);
    const span = this.#tracing === undefined ? undefined : inFlight.takeSpan(request);
    if (span !== undefined) {
      const bucket = counts.duration.grid.classicOf[cell] as number;
      counts.exemplars?.set(series, bucket, span, observed[0] as number, nowMs);
    }
    if (counts.requestSize !== undefined) {
      observed[0] = fields[request + requestBytes] as number;
      counts.requestSize.add(series);
    }
    if (counts.responseSize !== undefined) {
      observed[0] = fields[request + responseBytes] as number;
      counts.responseSize.add(series);
    }
    const sentMs = fields[request + headersMs] as number;
    if (counts.timeToHeaders !== undefined && !Number.isNaN(sentMs)) {
      observed[0] = (sentMs - beganMs) / 1000;
      counts.timeToHeaders.add(series);
    }
    if (end !== 'sent') counts.countAbort(series, end === 'aborted-after-headers');
    this.#release(request);
  }

  /** The request is not to be counted after all. */
  cancel(request: number): void {
    this.#inFlight.takeSpan(request);
    this.#release(request);
  }

  /** Counts a request that was measured elsewhere. Seconds that are no duration count as 0. */
  observe(routeId: number, statusCode: number, seconds: number): void {
    observed[0] = seconds;
    this.#counts.duration.add(this.#series.series(routeId, statusCode));
  }

  #release(request: number): void {
    this.#counts.inFlight[this.#inFlight.fields[request + methodField] as number]!--;
    this.#inFlight.release(request);
  }

  #findTracing(): void {
    if (this.#hasExemplars) this.#tracing ??= tracingApi();
  }

  #forgetIdle(): void {
    const idle = this.#series.table.takeIdle((series) => this.#counts.duration.countOf(series));
    for (const series of idle) this.#counts.remove(series);
    this.#series.forget(idle);
  }

  #reset(): void {
    this.#series.clear();
    this.#counts.reset();
  }
}

function isName(name: string | undefined): name is string {
  return name !== undefined;
}

function statusLabels(options: HttpRecorderOptions, statusCode: number): Labels {
  const { labelNames, statusText } = options;
  const labels: Record<string, string> = {};
  if (labelNames.statusCode !== undefined) labels[labelNames.statusCode] = statusText(statusCode);
  const errorType = options.errorType(statusCode);
  if (labelNames.errorType !== undefined && errorType !== '')
    labels[labelNames.errorType] = errorType;
  return labels;
}
