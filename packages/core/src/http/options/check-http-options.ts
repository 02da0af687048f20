import { clientClosedRequest } from '../recorder/status-places.js';
import { checkFields } from './check-fields.js';
import { checkLabelNames, checkLimits, invalid } from './check-metric-text.js';
import { httpFields } from './http-fields.js';
import type { HttpOptions } from './http-options.js';
import { ownLabels, statusTextOf } from './label-options.js';
import { type DefaultTexts, metricTexts } from './metric-texts.js';
import { presets } from './presets.js';
import type { HttpRecorderOptions } from './recorder-options.js';

const defaults: DefaultTexts = {
  duration: {
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests in seconds.',
  },
  summary: {
    name: 'http_request_summary_seconds',
    help: 'Quantiles of the duration of HTTP requests in seconds.',
  },
  timeToHeaders: {
    name: 'http_response_time_to_headers_seconds',
    help: 'Time to the headers of streamed HTTP responses in seconds.',
  },
  requestSize: {
    name: 'http_request_size_bytes',
    help: 'Size of the bodies of HTTP requests in bytes.',
  },
  responseSize: {
    name: 'http_response_size_bytes',
    help: 'Size of the bodies of HTTP responses in bytes.',
  },
  requests: { name: 'http_requests_total', help: 'HTTP requests.' },
  aborted: {
    name: 'http_requests_aborted_total',
    help: 'HTTP requests whose client left before the end of the response.',
  },
  inFlight: {
    name: 'http_requests_in_flight',
    help: 'HTTP requests whose response has not ended.',
  },
  overflow: {
    name: 'prom_agent_http_overflow_total',
    help: 'HTTP requests counted in the series __overflow__, for http.maxSeries was reached.',
  },
};

/** The options with those of their preset, where the app says nothing. */
export function withPreset(options: HttpOptions): HttpOptions {
  const { preset: name = 'default' } = options;
  const preset = presets[name];
  if (preset === undefined) {
    throw invalid('http.preset', name, Object.keys(presets).join(', '));
  }
  return {
    ...preset,
    ...options,
    labelNames: { ...preset.labelNames, ...options.labelNames },
    labels: { ...preset.labels, ...options.labels },
    ignore: { ...preset.ignore, ...options.ignore },
  };
}

/** Checks the options and fills in the defaults. @throws PromAgentError CONFIG_INVALID */
export function checkHttpOptions(given: HttpOptions): HttpRecorderOptions {
  checkFields('http', given, httpFields);
  const options = withPreset(given);
  const labelNames = labelNamesOf(options);
  const { constantLabels, requestLabelNames } = ownLabels(options.labels);
  const own = Object.values(labelNames).filter((name) => name !== undefined);
  checkLabelNames('http', [...own, ...Object.keys(constantLabels), ...requestLabelNames]);
  const { nativeHistograms = true, exemplars = true } = options;
  // OpenTelemetry's default limit of one instrument.
  const { maxSeries = 2000, seriesTtlMs = 0 } = options;
  checkLimits('http', maxSeries, seriesTtlMs);
  // All that are aborted have one status.
  const leftOut = [labelNames.statusCode, labelNames.errorType];
  return {
    labelNames,
    constantLabels,
    requestLabelNames,
    statusText: statusTextOf('http', options.statusCode),
    errorType,
    metrics: metricTexts('http', options, defaults, leftOut),
    nativeHistograms,
    exemplars,
    maxSeries,
    seriesTtlMs,
  };
}

function labelNamesOf({ labelNames = {} }: HttpOptions): HttpRecorderOptions['labelNames'] {
  const { method = 'method', route = 'route', statusCode = 'status_code', errorType } = labelNames;
  return {
    method: method === false ? undefined : method,
    route: route === false ? undefined : route,
    statusCode: statusCode === false ? undefined : statusCode,
    errorType: errorType === false ? undefined : errorType,
  };
}

/** As OpenTelemetry's error.type: the server's errors by their code. */
function errorType(statusCode: number): string {
  if (statusCode === clientClosedRequest) return 'aborted';
  return statusCode >= 500 ? String(statusCode) : '';
}
