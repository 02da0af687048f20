import { PromAgentError } from '../errors.js';

/** What an app may say of the metrics of its own requests. */
export interface HttpOptions {
  /** False records nothing; the same as `http: false`. Default true. */
  enabled?: boolean;
  /** Name of the histogram, in seconds. Default `http_request_duration_seconds`. */
  name?: string;
  /** Upper bounds in seconds, ascending, without +Inf. Default {@link defaultBuckets}. */
  buckets?: readonly number[];
  /** Other names for the labels `method`, `route` and `status_code`. */
  labelNames?: { method?: string; route?: string; statusCode?: string };
  /** Series (not buckets) before all further ones share one overflow series. Default 2000. */
  maxSeries?: number;
}

/** {@link HttpOptions} with the defaults filled in. */
export interface HttpRecorderOptions {
  readonly name: string;
  readonly buckets: readonly number[];
  readonly labelNames: {
    readonly method: string;
    readonly route: string;
    readonly statusCode: string;
  };
  readonly maxSeries: number;
}

/**
 * The buckets OpenTelemetry advises for http.server.request.duration: they contain prom-client's
 * eleven, so dashboards made for either keep working.
 */
export const defaultBuckets: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** Checks the options and fills in the defaults. @throws PromAgentError CONFIG_INVALID */
export function checkHttpOptions(options: HttpOptions): HttpRecorderOptions {
  const {
    method = 'method',
    route = 'route',
    statusCode = 'status_code',
  } = options.labelNames ?? {};
  const checked = {
    name: options.name ?? 'http_request_duration_seconds',
    buckets: [...(options.buckets ?? defaultBuckets)],
    labelNames: { method, route, statusCode },
    // OpenTelemetry's default limit of one instrument.
    maxSeries: options.maxSeries ?? 2000,
  };
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(checked.name)) {
    throw invalid('http.name', checked.name, 'a metric name such as http_request_duration_seconds');
  }
  checkLabelNames([method, route, statusCode]);
  checkBuckets(checked.buckets);
  if (!Number.isSafeInteger(checked.maxSeries) || checked.maxSeries < 1) {
    throw invalid('http.maxSeries', checked.maxSeries, 'a whole number from 1');
  }
  return checked;
}

function checkLabelNames(names: readonly string[]): void {
  for (const name of names) {
    if (!/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || name === 'le') {
      throw invalid('http.labelNames', name, 'label names without __ in front, other than le');
    }
  }
  if (new Set(names).size < names.length) {
    throw invalid('http.labelNames', names.join(', '), 'three different names');
  }
}

function checkBuckets(bounds: readonly number[]): void {
  const ascending = bounds.every((bound, i) => i === 0 || bound > (bounds[i - 1] ?? Infinity));
  if (bounds.length === 0 || !ascending || !bounds.every(Number.isFinite)) {
    throw invalid(
      'http.buckets',
      bounds.join(', '),
      'finite numbers of seconds in ascending order',
    );
  }
}

function invalid(field: string, value: unknown, expected: string): PromAgentError {
  return new PromAgentError('CONFIG_INVALID', `${field}: expected ${expected}, got "${value}"`, {
    data: { field, value, expected },
  });
}
