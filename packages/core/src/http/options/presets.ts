import type { HttpOptions, HttpPreset } from './http-options.js';

/**
 * The buckets OpenTelemetry advises for http.server.request.duration: they contain prom-client's
 * eleven, so dashboards made for either keep working.
 */
export const defaultBuckets: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** prom-client's, which fastify-metrics 14 takes (its documentation lists others). */
const promClientBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const onlyDuration = {
  timeToHeaders: false,
  requestSize: false,
  responseSize: false,
  aborted: false,
  inFlight: false,
} as const;

/** What each preset says in place of the app, where it says nothing. */
export const presets: Readonly<Record<HttpPreset, HttpOptions>> = {
  default: {},
  // semantic-conventions, docs/http/http-metrics.md, in Prometheus' spelling.
  otel: {
    name: 'http_server_request_duration_seconds',
    requestSize: { name: 'http_server_request_body_size_bytes' },
    responseSize: { name: 'http_server_response_body_size_bytes' },
    timeToHeaders: { name: 'http_server_response_time_to_headers_seconds' },
    inFlight: { name: 'http_server_active_requests' },
    aborted: { name: 'http_server_requests_aborted_total' },
    labelNames: {
      method: 'http_request_method',
      route: 'http_route',
      statusCode: 'http_response_status_code',
      errorType: 'error_type',
    },
    labels: { url_scheme: 'http' },
    unmatchedRoute: '',
  },
  'fastify-metrics': {
    ...onlyDuration,
    buckets: promClientBuckets,
    summary: true,
    unmatchedRoute: false,
    ignore: { methods: ['HEAD', 'OPTIONS', 'TRACE', 'CONNECT'] },
  },
  // Its labels method and path are options there too: labelNames: { method: 'method', route: 'path' }.
  'express-prom-bundle': {
    ...onlyDuration,
    buckets: [0.003, 0.03, 0.1, 0.3, 1.5, 10],
    labelNames: { method: false, route: false, statusCode: 'status_code' },
  },
};
