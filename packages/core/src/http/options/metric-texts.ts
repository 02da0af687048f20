import {
  checkDistinct,
  checkedHistogram,
  checkedSummary,
  checkedText,
  type Section,
} from './check-metric-text.js';
import type { HttpHistogramOptions, HttpOptions, HttpValueOptions } from './http-options.js';
import { defaultBuckets } from './presets.js';
import type { HttpRecorderOptions, MetricText } from './recorder-options.js';

/** Names and helps of a recorder's metrics where the app says nothing. */
export type DefaultTexts = Readonly<Record<keyof HttpRecorderOptions['metrics'], MetricText>>;

/** What an app may say of the metrics of a recorder, whatever it records. */
export type MetricOptions = Pick<
  HttpOptions,
  | 'prefix'
  | 'name'
  | 'buckets'
  | 'duration'
  | 'summary'
  | 'timeToHeaders'
  | 'requestSize'
  | 'responseSize'
  | 'requests'
  | 'aborted'
  | 'inFlight'
>;

const sizeBuckets: readonly number[] = [100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

const defaultPercentiles: readonly number[] = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999];

/**
 * The metrics that are asked for, with the defaults filled in. `leftOut`: labels that all aborted
 * requests have alike. @throws PromAgentError CONFIG_INVALID
 */
export function metricTexts(
  section: Section,
  options: MetricOptions,
  defaults: DefaultTexts,
  leftOut: readonly (string | undefined)[],
): HttpRecorderOptions['metrics'] {
  const { prefix = '', buckets = defaultBuckets } = options;
  const value = (field: string, given: HttpValueOptions | boolean, text: MetricText) =>
    shown(given, (own) => checkedText(section, field, prefix, { ...text, ...own }));
  const histogram = (
    field: string,
    given: HttpHistogramOptions | boolean,
    text: MetricText,
    bounds: readonly number[],
  ) =>
    shown(given, (own) =>
      checkedHistogram(section, field, prefix, { ...text, buckets: bounds, ...own }),
    );
  const { duration = true, timeToHeaders = true } = options;
  const { requestSize = true, responseSize = true } = options;
  const { summary = false, requests = false, aborted = true, inFlight = true } = options;
  const { name = defaults.duration.name } = options;
  const abortedText = value(section === 'client' ? 'errors' : 'aborted', aborted, defaults.aborted);
  const metrics = {
    duration: histogram('duration', duration, { ...defaults.duration, name }, buckets),
    summary: shown(summary, (own) => {
      const text = { percentiles: defaultPercentiles, ...defaults.summary, ...own };
      return checkedSummary(section, prefix, text);
    }),
    timeToHeaders: histogram('timeToHeaders', timeToHeaders, defaults.timeToHeaders, buckets),
    requestSize: histogram('requestSize', requestSize, defaults.requestSize, sizeBuckets),
    responseSize: histogram('responseSize', responseSize, defaults.responseSize, sizeBuckets),
    requests: value('requests', requests, defaults.requests),
    aborted: abortedText && { ...abortedText, leftOut: leftOut.filter((one) => one !== undefined) },
    inFlight: value('inFlight', inFlight, defaults.inFlight),
    overflow: defaults.overflow,
  };
  checkDistinct(section, Object.values(metrics));
  return metrics;
}

function shown<Own, Text>(
  given: Own | boolean,
  make: (own: Partial<Own>) => Text,
): Text | undefined {
  if (given === false) return undefined;
  return make(given === true ? {} : given);
}
