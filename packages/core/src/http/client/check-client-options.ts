import { checkFields } from '../options/check-fields.js';
import { checkLabelNames, checkLimits, invalid } from '../options/check-metric-text.js';
import { ownLabels, statusTextOf } from '../options/label-options.js';
import { type DefaultTexts, type MetricOptions, metricTexts } from '../options/metric-texts.js';
import type { HttpRecorderOptions } from '../options/recorder-options.js';
import { clientFields } from './client-fields.js';
import type { ClientMetricsOptions } from './client-options.js';
import { clientErrors } from './request-failure.js';

const defaults: DefaultTexts = {
  duration: {
    name: 'http_client_request_duration_seconds',
    help: 'Duration of outgoing HTTP requests in seconds.',
  },
  summary: {
    name: 'http_client_request_summary_seconds',
    help: 'Quantiles of the duration of outgoing HTTP requests in seconds.',
  },
  timeToHeaders: {
    name: 'http_client_response_time_to_headers_seconds',
    help: 'Time to the headers of the responses to outgoing HTTP requests in seconds.',
  },
  requestSize: {
    name: 'http_client_request_size_bytes',
    help: 'Size of the bodies of outgoing HTTP requests in bytes.',
  },
  responseSize: {
    name: 'http_client_response_size_bytes',
    help: 'Size of the bodies of the responses to outgoing HTTP requests in bytes.',
  },
  requests: { name: 'http_client_requests_total', help: 'Outgoing HTTP requests.' },
  aborted: {
    name: 'http_client_request_errors_total',
    help: 'Outgoing HTTP requests that had no whole response.',
  },
  inFlight: {
    name: 'http_client_requests_in_flight',
    help: 'Outgoing HTTP requests whose response has not ended.',
  },
  overflow: {
    name: 'prom_agent_http_client_overflow_total',
    help: 'Outgoing HTTP requests counted in the series __overflow__, for client.maxSeries was reached.',
  },
};

// semantic-conventions, docs/http/http-metrics.md, in Prometheus' spelling.
const otel: ClientMetricsOptions = {
  requestSize: { name: 'http_client_request_body_size_bytes' },
  responseSize: { name: 'http_client_response_body_size_bytes' },
  inFlight: { name: 'http_client_active_requests' },
  labelNames: {
    method: 'http_request_method',
    server: 'server_address',
    port: 'server_port',
    route: 'url_template',
    statusCode: 'http_response_status_code',
    error: 'error_type',
  },
};

/** Names of labels; undefined where one is left out. */
export interface ServerLabelNames {
  readonly server: string | undefined;
  readonly port: string | undefined;
}

export interface CheckedClientOptions {
  readonly recorder: HttpRecorderOptions;
  readonly serverLabels: ServerLabelNames;
  readonly options: ClientMetricsOptions;
}

/** Checks the options and fills in the defaults. @throws PromAgentError CONFIG_INVALID */
export function checkClientOptions(given: ClientMetricsOptions): CheckedClientOptions {
  checkFields('client', given, clientFields);
  const options = withPreset(given);
  const { labelNames = {}, route: routeOf } = options;
  const { method = 'method', server = 'server', port, error = 'error' } = labelNames;
  const { route = 'route', statusCode = 'status_code' } = labelNames;
  const serverLabels = { server: shown(server), port: shown(port) };
  const names = {
    method: shown(method),
    route: routeOf && shown(route),
    statusCode: shown(statusCode),
    errorType: shown(error),
  };
  const { constantLabels, requestLabelNames } = ownLabels(options.labels);
  const ofServer = Object.values(serverLabels).filter((name) => name !== undefined);
  const own = Object.values(names).filter((name) => name !== undefined);
  const all = [...own, ...ofServer, ...Object.keys(constantLabels), ...requestLabelNames];
  checkLabelNames('client', all);
  const { nativeHistograms = true, exemplars = true } = options;
  const { maxSeries = 2000, seriesTtlMs = 0 } = options;
  checkLimits('client', maxSeries, seriesTtlMs);
  const statusText = statusTextOf('client', options.statusCode);
  const recorder: HttpRecorderOptions = {
    labelNames: names,
    constantLabels,
    requestLabelNames: [...ofServer, ...requestLabelNames],
    statusText: (code) => (code > clientErrors.length ? statusText(code) : ''),
    errorType: options.preset === 'otel' ? otelErrorType : errorType,
    metrics: metricTexts('client', metricOptions(options), defaults, []),
    nativeHistograms,
    exemplars,
    maxSeries,
    seriesTtlMs,
  };
  return { recorder, serverLabels, options };
}

/** What a recorder calls aborted are a client's errors. */
function metricOptions({ errors = true, ...options }: ClientMetricsOptions): MetricOptions {
  return { ...(options as MetricOptions), aborted: errors };
}

/** Below the status codes there are those of errors: 1 is the first of {@link clientErrors}. */
function errorType(code: number): string {
  return clientErrors[code - 1] ?? '';
}

/** There a client has an error from 400 on, too. */
function otelErrorType(code: number): string {
  return code >= 400 ? String(code) : errorType(code);
}

function withPreset(options: ClientMetricsOptions): ClientMetricsOptions {
  const { preset = 'default' } = options;
  if (preset !== 'default' && preset !== 'otel') {
    throw invalid('client.preset', preset, 'default or otel');
  }
  if (preset === 'default') return options;
  return { ...otel, ...options, labelNames: { ...otel.labelNames, ...options.labelNames } };
}

function shown(name: string | false | undefined): string | undefined {
  return name === false ? undefined : name;
}
