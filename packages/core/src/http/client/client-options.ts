import type {
  HttpHistogramOptions,
  HttpLabelValue,
  HttpOptions,
  HttpValueOptions,
} from '../options/http-options.js';
import type { OutgoingRequest } from './outgoing-request.js';

/** What is left out of the metrics of outgoing requests. */
export interface ClientIgnoreOptions {
  /** `host:port`; the port is there where the URL leaves it out, too. */
  servers?: readonly (string | RegExp)[];
  methods?: readonly string[];
  /** Called for each request as it is made; true leaves it out. */
  request?: (request: OutgoingRequest) => boolean;
}

/**
 * What an app may say of the metrics of requests it makes through undici or `fetch`. Each attempt is a
 * request: redirects and retries count by themselves.
 */
export interface ClientMetricsOptions
  extends Pick<
    HttpOptions,
    | 'enabled'
    | 'prefix'
    | 'statusCode'
    | 'nativeHistograms'
    | 'exemplars'
    | 'maxSeries'
    | 'seriesTtlMs'
  > {
  /** `otel` spells names as OpenTelemetry does. Default `default`. */
  preset?: 'default' | 'otel';
  /** Name of the duration's histogram. Default `http_client_request_duration_seconds`. */
  name?: string;
  /** The duration's buckets in seconds. Default: those of the requests that come. */
  buckets?: readonly number[];
  /** From the call to the end of the response, waiting for a connection included; false: none. */
  duration?: HttpHistogramOptions | boolean;
  /** Quantiles of the duration since the start. Default false. */
  summary?: HttpOptions['summary'];
  /** From the call to the response's headers. `http_client_response_time_to_headers_seconds`; false: none. */
  timeToHeaders?: HttpHistogramOptions | boolean;
  /** Bytes of the request's body that were sent. `http_client_request_size_bytes`; false: none. */
  requestSize?: HttpHistogramOptions | boolean;
  /** Bytes of the response's body that came, as they were compressed. `http_client_response_size_bytes`; false: none. */
  responseSize?: HttpHistogramOptions | boolean;
  /** A counter beside the histogram's `_count`. Default false; true: `http_client_requests_total`. */
  requests?: HttpValueOptions | boolean;
  /** Requests without a whole response, by reason. `http_client_request_errors_total`; false: none. */
  errors?: HttpValueOptions | boolean;
  /** Requests without a whole response yet. `http_client_requests_in_flight`; false: none. */
  inFlight?: HttpValueOptions | boolean;
  /** Other names for the labels `method`, `server`, `route`, `status_code` and `error`; false leaves one out. */
  labelNames?: {
    method?: string | false;
    /** `host:port`; with a label for the port the host alone. */
    server?: string | false;
    /** Default false; the preset `otel` has it as `server_port`. */
    port?: string | false;
    /** Of what {@link ClientMetricsOptions.route} says. */
    route?: string | false;
    statusCode?: string | false;
    /** Why there was no whole response; the preset `otel` has codes from 400 on there as well. */
    error?: string | false;
  };
  /** Labels of the app: texts cost nothing per request, functions are called for each. */
  labels?: Readonly<Record<string, HttpLabelValue<OutgoingRequest>>>;
  /**
   * The template of a request's path (`/orders/:id`), for the label `route`; called for each request.
   * Default: no such label.
   */
  route?: (request: OutgoingRequest) => string;
  ignore?: ClientIgnoreOptions;
}
