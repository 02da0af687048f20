// The public list of @prom-agent/core/exposition.
// biome-ignore-all lint/performance/noBarrelFile: the one public index of the subpath.

export { BodyParser, type TextFormat } from './body-parser.js';
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
export {
  type ParsedExemplar,
  type ParsedSample,
  parseExposition,
} from './parse-exposition.js';
export { ParsedBody } from './parsed-body.js';
export { type ExposedSample, readSamples } from './read-samples.js';
export { type SeriesContext, seriesContext } from './series-context.js';
export { SeriesKeys } from './series-keys.js';
