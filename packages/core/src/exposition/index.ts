// The public list of @prom-agent/core/exposition.
// biome-ignore-all lint/performance/noBarrelFile: the one public index of the subpath.

export { PromAgentError } from '../errors.js';
export type {
  BucketSpan,
  NativeHistogram,
} from '../model/histogram.js';
export type {
  Exemplar,
  FamilyHeader,
  HistogramFamily,
  HistogramSeries,
  LabelPair,
  MetricFamily,
  SummaryFamily,
  SummarySeries,
  ValueFamily,
  ValueSeries,
} from '../model/metric-family.js';
export { BodyParser, type TextFormat } from './body-parser.js';
export { CommentTable } from './comment-table.js';
export {
  acceptHeader,
  type EscapingScheme,
  type ExpositionFormat,
  formatOf,
  type ScrapeProtocol,
} from './content-type.js';
export { decodeExemplarLabels } from './decode-exemplar.js';
export { decodeSeries } from './decode-series.js';
export {
  type FamilyCardinality,
  type LintProblem,
  type LintReport,
  lintMetrics,
} from './lint/lint-metrics.js';
export { type NativeBucket, nativeBuckets } from './native-buckets.js';
export {
  type ParsedSample,
  parseExposition,
} from './parse-exposition.js';
export type { ParseOptions } from './parse-options.js';
export { ParsedBody } from './parsed-body.js';
export { type ExposedSample, type ParsedExemplar, readSamples } from './read-samples.js';
export { ByteSink } from './render/byte-sink.js';
export { escapedName, escapeName, unescapeName } from './render/escape-name.js';
export {
  type ExpositionWriter,
  expositionWriter,
  familySteps,
  type RenderFormat,
  renderExposition,
} from './render/exposition-writer.js';
export { type Negotiated, negotiate, type Offer, registryOffers } from './render/negotiate.js';
export type { ProtobufWriter } from './render/protobuf-writer.js';
export type { TextWriter } from './render/text-writer.js';
export { type SeriesContext, seriesContext } from './series-context.js';
export { SeriesKeys } from './series-keys.js';
