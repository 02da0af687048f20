import type { MetricFamily } from '../../model/metric-family.js';
import type { EscapingScheme, ExpositionFormat } from '../content-type.js';
import { ByteSink } from './byte-sink.js';
import { ProtobufWriter } from './protobuf-writer.js';
import { TextWriter } from './text-writer.js';

/** What a body is rendered in. */
export interface RenderFormat {
  readonly format: ExpositionFormat;
  readonly escaping: EscapingScheme;
}

/**
 * Writes a body series by series: `beginFamily`, then `writeValue`, `writeSummary` or `writeHistogram`
 * as the family's type asks, `endFamily`; at last `end`. Nothing of a series is kept, so its object may
 * be used for the next.
 */
export type ExpositionWriter = TextWriter | ProtobufWriter;

/** The writer of one body. */
export function expositionWriter(
  sink: ByteSink,
  { format, escaping }: RenderFormat,
): ExpositionWriter {
  return format === 'protobuf'
    ? new ProtobufWriter(sink, escaping)
    : new TextWriter(sink, format, escaping);
}

/** Writes all of a family, with a step after each series for who wants to stop there. */
export function* familySteps(
  writer: ExpositionWriter,
  family: MetricFamily,
): Generator<void, void, undefined> {
  writer.beginFamily(family);
  switch (family.type) {
    case 'summary':
      for (const series of family.series) {
        writer.writeSummary(series);
        yield;
      }
      break;
    case 'histogram':
    case 'gaugehistogram':
      for (const series of family.series) {
        writer.writeHistogram(series);
        yield;
      }
      break;
    default:
      for (const series of family.series) {
        writer.writeValue(series);
        yield;
      }
  }
  writer.endFamily();
}

/** A whole body at once, for tools and tests. */
export function renderExposition(
  families: Iterable<MetricFamily>,
  format: RenderFormat,
): Uint8Array {
  const sink = new ByteSink();
  const writer = expositionWriter(sink, format);
  for (const family of families) for (const _ of familySteps(writer, family));
  writer.end();
  return Buffer.concat(sink.takeAll());
}
