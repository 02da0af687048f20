import { withPreset } from '../options/check-http-options.js';
import type { HttpLabelValue, HttpOptions } from '../options/http-options.js';
import type { HttpRecorder } from '../recorder/http-recorder.js';
import { excludedRoute } from './count-request.js';

/**
 * The route of requests that no route took: the paths themselves would let any scanner make series.
 * `__unknown__` is fastify-metrics' word, whose metric and label names ours are too.
 */
const defaultUnmatchedRoute = '__unknown__';

type LabelFunction<Request> = Exclude<HttpLabelValue<Request>, string>;

/**
 * What the options say of routes and requests: who is left out, and under which labels the others are
 * counted. Most of it is asked once per route; only what comes from requests is asked for each.
 */
export class RouteLabels<Request> {
  readonly #recorder: HttpRecorder;
  readonly #options: HttpOptions<Request>;
  readonly #requestLabels: readonly [name: string, value: LabelFunction<Request>][];
  readonly #unmatched: string | false | ((request: Request) => string);

  constructor(recorder: HttpRecorder, options: HttpOptions<Request>) {
    this.#recorder = recorder;
    this.#options = withPreset(options);
    const labels = Object.entries(this.#options.labels ?? {});
    this.#requestLabels = labels.filter((entry): entry is [string, LabelFunction<Request>] => {
      return typeof entry[1] === 'function';
    });
    this.#unmatched = this.#options.unmatchedRoute ?? defaultUnmatchedRoute;
  }

  /** Whether {@link isIgnored} has to be asked. */
  get ignoresSome(): boolean {
    const { paths = [], methods = [], request } = this.#options.ignore ?? {};
    return paths.length + methods.length > 0 || request !== undefined;
  }

  /** Whether the request that has come is left out. `url`: with its query. */
  isIgnored(request: Request, method: string, url: string): boolean {
    const { paths = [], methods = [], request: isIgnored } = this.#options.ignore ?? {};
    if (methods.includes(method)) return true;
    if (paths.length > 0) {
      const query = url.indexOf('?');
      const path = query < 0 ? url : url.slice(0, query);
      if (paths.some((pattern) => matches(pattern, path))) return true;
    }
    return isIgnored?.(request) === true;
  }

  /** Whether it comes from requests how they are counted, so that {@link forRequest} has to be asked. */
  isPerRequest(template: string | undefined): boolean {
    if (this.#requestLabels.length > 0 || this.#options.ignore?.response !== undefined) return true;
    return template === undefined && typeof this.#unmatched === 'function';
  }

  /** The id of a route, to keep; `template` undefined: of the requests that no route took. */
  bind(method: string, template: string | undefined): number {
    if (template === undefined) {
      return typeof this.#unmatched === 'string'
        ? this.#recorder.route(method, this.#unmatched)
        : excludedRoute;
    }
    const { ignore = {}, routeLabel } = this.#options;
    if (ignore.routes?.some((pattern) => matches(pattern, template))) return excludedRoute;
    return this.#recorder.route(method, routeLabel?.(template, method) ?? template);
  }

  /** The id that one request is counted with, where {@link isPerRequest}. */
  forRequest(
    method: string,
    template: string | undefined,
    request: Request,
    statusCode: number,
  ): number {
    if (this.#options.ignore?.response?.(request, statusCode) === true) return excludedRoute;
    if (template !== undefined && this.bind(method, template) === excludedRoute)
      return excludedRoute;
    const label = this.#labelOf(method, template, request);
    if (label === undefined) return excludedRoute;
    const values: Record<string, string> = {};
    for (const [name, value] of this.#requestLabels)
      values[name] = String(value(request, statusCode));
    return this.#recorder.route(method, label, values);
  }

  #labelOf(method: string, template: string | undefined, request: Request): string | undefined {
    if (template !== undefined) return this.#options.routeLabel?.(template, method) ?? template;
    if (typeof this.#unmatched === 'function') return String(this.#unmatched(request));
    return this.#unmatched === false ? undefined : this.#unmatched;
  }
}

export function matches(pattern: string | RegExp, text: string): boolean {
  if (typeof pattern === 'string') return pattern === text;
  // With the flag g or y a pattern remembers where it was.
  pattern.lastIndex = 0;
  return pattern.test(text);
}
