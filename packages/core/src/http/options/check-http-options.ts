import { PromAgentError } from '../../errors.js';
import type { Labels } from '../recorder/label-table.js';
import type { HttpHistogramOptions, HttpOptions, HttpValueOptions } from './http-options.js';
import { defaultBuckets, presets } from './presets.js';
import type {
  HistogramText,
  HttpRecorderOptions,
  MetricText,
  SummaryText,
} from './recorder-options.js';

const sizeBuckets: readonly number[] = [100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

const defaultPercentiles: readonly number[] = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999];

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
  const options = withPreset(given);
  const labelNames = labelNamesOf(options);
  const { constantLabels, requestLabelNames } = labelsOf(options);
  const own = Object.values(labelNames).filter((name) => name !== undefined);
  checkLabelNames([...own, ...Object.keys(constantLabels), ...requestLabelNames]);
  const { nativeHistograms = true, exemplars = true } = options;
  // OpenTelemetry's default limit of one instrument.
  const { maxSeries = 2000, seriesTtlMs = 0 } = options;
  if (!Number.isSafeInteger(maxSeries) || maxSeries < 1) {
    throw invalid('http.maxSeries', maxSeries, 'a whole number from 1');
  }
  if (!(seriesTtlMs >= 0 && Number.isFinite(seriesTtlMs))) {
    throw invalid('http.seriesTtlMs', seriesTtlMs, 'milliseconds, or 0 for never');
  }
  const metrics = metricsOf(options);
  return {
    labelNames,
    constantLabels,
    requestLabelNames,
    statusText: statusTextOf(options),
    metrics,
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

function labelsOf({ labels = {} }: HttpOptions): {
  constantLabels: Labels;
  requestLabelNames: string[];
} {
  const constantLabels: Record<string, string> = {};
  const requestLabelNames: string[] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (typeof value === 'function') requestLabelNames.push(name);
    else constantLabels[name] = String(value);
  }
  return { constantLabels, requestLabelNames };
}

function statusTextOf({ statusCode = 'exact' }: HttpOptions): (statusCode: number) => string {
  if (typeof statusCode === 'function') return (code) => String(statusCode(code));
  if (statusCode === 'grouped') return (code) => `${Math.floor(code / 100)}xx`;
  if (statusCode === 'exact') return String;
  throw invalid('http.statusCode', statusCode, 'exact, grouped or a function');
}

function metricsOf(options: HttpOptions): HttpRecorderOptions['metrics'] {
  const { prefix = '', name = 'http_request_duration_seconds', buckets = defaultBuckets } = options;
  const value = (field: string, given: HttpValueOptions | boolean, text: MetricText) =>
    shown(given, (own) => checkedText(`http.${field}`, prefix, { ...text, ...own }));
  const histogram = (field: string, given: HttpHistogramOptions | boolean, text: HistogramText) =>
    shown(given, (own) => checkedHistogram(`http.${field}`, prefix, { ...text, ...own }));
  const {
    duration = true,
    timeToHeaders = true,
    requestSize = true,
    responseSize = true,
  } = options;
  const { requests = false, aborted = true, inFlight = true } = options;
  const metrics = {
    duration: histogram('duration', duration, {
      name,
      help: 'Duration of HTTP requests in seconds.',
      buckets,
    }),
    summary: summaryOf(options, prefix),
    timeToHeaders: histogram('timeToHeaders', timeToHeaders, {
      name: 'http_response_time_to_headers_seconds',
      help: 'Time to the headers of streamed HTTP responses in seconds.',
      buckets,
    }),
    requestSize: histogram('requestSize', requestSize, {
      name: 'http_request_size_bytes',
      help: 'Size of the bodies of HTTP requests in bytes.',
      buckets: sizeBuckets,
    }),
    responseSize: histogram('responseSize', responseSize, {
      name: 'http_response_size_bytes',
      help: 'Size of the bodies of HTTP responses in bytes.',
      buckets: sizeBuckets,
    }),
    requests: value('requests', requests, {
      name: 'http_requests_total',
      help: 'HTTP requests.',
    }),
    aborted: value('aborted', aborted, {
      name: 'http_requests_aborted_total',
      help: 'HTTP requests whose client left before the end of the response.',
    }),
    inFlight: value('inFlight', inFlight, {
      name: 'http_requests_in_flight',
      help: 'HTTP requests whose response has not ended.',
    }),
    overflow: {
      name: `prom_agent_http_overflow_total`,
      help: 'HTTP requests counted in the series __overflow__, for http.maxSeries was reached.',
    },
  };
  checkDistinct(Object.values(metrics));
  return metrics;
}

function shown<Own, Text>(
  given: Own | boolean,
  make: (own: Partial<Own>) => Text,
): Text | undefined {
  if (given === false) return undefined;
  return make(given === true ? {} : given);
}

function summaryOf(options: HttpOptions, prefix: string): SummaryText | undefined {
  const { summary = false } = options;
  if (summary === false) return undefined;
  const text = {
    name: 'http_request_summary_seconds',
    help: 'Quantiles of the duration of HTTP requests in seconds.',
    percentiles: defaultPercentiles,
    ...(summary === true ? {} : summary),
  };
  const { percentiles } = text;
  if (!isRising(percentiles) || !percentiles.every((q) => q >= 0 && q <= 1)) {
    throw invalid('http.summary.percentiles', percentiles.join(', '), 'rising numbers from 0 to 1');
  }
  return { ...checkedText('http.summary', prefix, text), percentiles: [...percentiles] };
}

function checkedHistogram(field: string, prefix: string, text: HistogramText): HistogramText {
  const { buckets } = text;
  if (buckets.length === 0 || !isRising(buckets) || !buckets.every(Number.isFinite)) {
    // The duration's buckets have a shorter name too.
    const name = field === 'http.duration' ? 'http.buckets' : `${field}.buckets`;
    throw invalid(name, buckets.join(', '), 'finite numbers in ascending order');
  }
  return { ...checkedText(field, prefix, text), buckets: [...buckets] };
}

function checkedText(field: string, prefix: string, { name, help }: MetricText): MetricText {
  const full = `${prefix}${name}`;
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(full)) {
    const option = field === 'http.duration' ? 'http.name' : `${field}.name`;
    throw invalid(option, full, 'a metric name such as http_request_duration_seconds');
  }
  return { name: full, help };
}

function checkDistinct(metrics: readonly (MetricText | undefined)[]): void {
  const names = metrics.flatMap((metric) => metric?.name ?? []);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw invalid('http', twice, 'another name for each metric');
}

function checkLabelNames(names: readonly string[]): void {
  for (const name of names) {
    if (!/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || name === 'le' || name === 'quantile') {
      throw invalid('http.labelNames', name, 'label names without __ in front, other than le');
    }
  }
  if (new Set(names).size < names.length) {
    throw invalid('http.labelNames', names.join(', '), 'different names');
  }
}

function isRising(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? Infinity));
}

function invalid(field: string, value: unknown, expected: string): PromAgentError {
  return new PromAgentError('CONFIG_INVALID', `${field}: expected ${expected}, got "${value}"`, {
    data: { field, value, expected },
  });
}
