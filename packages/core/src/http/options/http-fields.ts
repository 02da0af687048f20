import {
  aFunction,
  type Fields,
  flag,
  labelName,
  labels,
  numbers,
  object,
  objectOrFlag,
  patterns,
  text,
  texts,
} from './check-fields.js';
import type { HttpIgnoreOptions, HttpOptions } from './http-options.js';

const value = objectOrFlag({ name: text, help: text });
const histogram = objectOrFlag({ name: text, help: text, buckets: numbers });
const summary = objectOrFlag({ name: text, help: text, percentiles: numbers });

/** Of the metrics of any recorder. */
export const metricFields = {
  enabled: flag,
  preset: 'any',
  prefix: text,
  name: text,
  buckets: numbers,
  duration: histogram,
  summary,
  timeToHeaders: histogram,
  requestSize: histogram,
  responseSize: histogram,
  requests: value,
  inFlight: value,
  labels,
  statusCode: 'any',
  nativeHistograms: flag,
  exemplars: flag,
  maxSeries: 'any',
  seriesTtlMs: 'any',
} as const satisfies Fields;

const ignore = object({
  routes: patterns,
  paths: patterns,
  methods: texts,
  request: aFunction,
  response: aFunction,
} satisfies Record<keyof HttpIgnoreOptions<unknown>, unknown>);

/** Of {@link HttpOptions}. */
export const httpFields = {
  ...metricFields,
  aborted: value,
  labelNames: object({
    method: labelName,
    route: labelName,
    statusCode: labelName,
    errorType: labelName,
  } satisfies Record<keyof NonNullable<HttpOptions['labelNames']>, unknown>),
  routeLabel: aFunction,
  unmatchedRoute: {
    expected: 'a text, false or a function',
    fits: (one: unknown) => typeof one === 'string' || typeof one === 'function' || one === false,
  },
  ignore,
} satisfies Record<keyof HttpOptions, Fields[string]>;
