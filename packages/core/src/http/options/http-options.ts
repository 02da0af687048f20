/** A histogram of the recorder; every field has a default. */
export interface HttpHistogramOptions {
  name?: string;
  help?: string;
  /** Upper bounds, rising, without +Inf; seconds or bytes. */
  buckets?: readonly number[];
}

/** A summary of the recorder; every field has a default. */
export interface HttpSummaryOptions {
  /** Default `http_request_summary_seconds`. */
  name?: string;
  help?: string;
  /** Quantiles from 0 to 1, rising. Default 0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999. */
  percentiles?: readonly number[];
}

/** A counter or gauge of the recorder; every field has a default. */
export interface HttpValueOptions {
  name?: string;
  help?: string;
}

/**
 * Names of metrics and labels as another package spells them, so that dashboards made for it go on:
 * `default` is fastify-metrics' histogram with more beside it.
 */
export type HttpPreset = 'default' | 'otel' | 'fastify-metrics' | 'express-prom-bundle';

/** The value of a label: the same for all requests, or asked for each when its response is over. */
export type HttpLabelValue<Request> =
  | string
  | ((request: Request, statusCode: number) => string | number);

/** What is left out of the metrics. */
export interface HttpIgnoreOptions<Request> {
  /** Route templates; a regular expression is tried once per route. */
  routes?: readonly (string | RegExp)[];
  /** Paths without the query; tried for each request. */
  paths?: readonly (string | RegExp)[];
  /** `['OPTIONS']`. */
  methods?: readonly string[];
  /** Called for each request as it comes; true leaves it out. */
  request?: (request: Request) => boolean;
  /** Called for each request when its response is over; true leaves it out. */
  response?: (request: Request, statusCode: number) => boolean;
}

/** What an app may say of the metrics of its own requests. `Request` is its framework's. */
// biome-ignore lint/suspicious/noExplicitAny: the adapters say which; a recorder alone sees none.
export interface HttpOptions<Request = any> {
  /** False records nothing; the same as `http: false`. Default true. */
  enabled?: boolean;
  /** Which names the defaults of all that follows have. Default `default`. */
  preset?: HttpPreset;
  /** Put before the name of each metric. Default none. */
  prefix?: string;
  /** Name of the duration's histogram. Default `http_request_duration_seconds`. */
  name?: string;
  /** The duration's buckets in seconds. Default {@link defaultBuckets}. */
  buckets?: readonly number[];
  /** From the request's arrival to the end of its response, in seconds; false: none. */
  duration?: HttpHistogramOptions | boolean;
  /** Quantiles of the duration since the start. Default false. */
  summary?: HttpSummaryOptions | boolean;
  /** To the headers, of responses that are streamed. `http_response_time_to_headers_seconds`; false: none. */
  timeToHeaders?: HttpHistogramOptions | boolean;
  /** Bytes of the request's body that came. `http_request_size_bytes`; false: none. */
  requestSize?: HttpHistogramOptions | boolean;
  /** Bytes of the response's body, streamed ones too. `http_response_size_bytes`; false: none. */
  responseSize?: HttpHistogramOptions | boolean;
  /** A counter beside the histogram's `_count`. Default false; true: `http_requests_total`. */
  requests?: HttpValueOptions | boolean;
  /** Requests whose client left. `http_requests_aborted_total`; false: none. */
  aborted?: HttpValueOptions | boolean;
  /** Requests without a whole response. `http_requests_in_flight`; false: none. */
  inFlight?: HttpValueOptions | boolean;
  /** Other names for the labels `method`, `route` and `status_code`; false leaves one out. */
  labelNames?: {
    method?: string | false;
    route?: string | false;
    statusCode?: string | false;
    /** The code of a 5xx, or `aborted`. Default false; the preset `otel` has it as `error_type`. */
    errorType?: string | false;
  };
  /** Labels of the app: texts cost nothing per request, functions are called for each. */
  labels?: Readonly<Record<string, HttpLabelValue<Request>>>;
  /** How status codes are shown: `grouped` is 2xx, 3xx, … Default `exact`. */
  statusCode?: 'exact' | 'grouped' | ((statusCode: number) => string);
  /** The label of a route, from its template; asked once per route and method. */
  routeLabel?: (template: string, method: string) => string;
  /**
   * The label of requests that no route took; false does not record them. A function is called for
   * each: whoever shows paths lets any scanner make series, up to `maxSeries`. Default `__unknown__`.
   */
  unmatchedRoute?: string | false | ((request: Request) => string);
  ignore?: HttpIgnoreOptions<Request>;
  /** Exponential buckets beside the classic ones, for who asks in protobuf. Default true. */
  nativeHistograms?: boolean;
  /** `trace_id` and `span_id` of sampled OpenTelemetry spans, in OpenMetrics and protobuf. Default true. */
  exemplars?: boolean;
  /** Series of each metric before all further requests share one. Default 2000. */
  maxSeries?: number;
  /** A series that counts nothing for that long is forgotten. Default 0: never. */
  seriesTtlMs?: number;
}
