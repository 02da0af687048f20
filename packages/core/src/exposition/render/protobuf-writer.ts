import { PromAgentError } from '../../errors.js';
import type { MetricType } from '../../model/metadata.js';
import type {
  Exemplar,
  FamilyHeader,
  HistogramSeries,
  LabelPair,
  SummarySeries,
  ValueSeries,
} from '../../model/metric-family.js';
import type { EscapingScheme } from '../content-type.js';
import { BackwardMessage } from './backward-message.js';
import type { ByteSink } from './byte-sink.js';
import { escapedName } from './escape-name.js';
import { writeNativeHistogram } from './native-histogram-fields.js';

/** io.prometheus.client.MetricType; info and stateset are gauges there. */
const types: Readonly<Record<MetricType, number>> = {
  counter: 0,
  gauge: 1,
  summary: 2,
  unknown: 3,
  histogram: 4,
  gaugehistogram: 5,
  info: 1,
  stateset: 1,
};

/** The fields of a Metric that hold a value, by the numbers above. */
const valueFields = [3, 2, 4, 5] as const;

/**
 * Writes delimited `io.prometheus.client.MetricFamily` messages (client_model's metrics.proto), fields
 * in the order of their numbers as Go writes them. A family is kept until it ends, for its length
 * comes first.
 */
export class ProtobufWriter {
  readonly #sink: ByteSink;
  readonly #escaping: EscapingScheme;
  readonly #message = new BackwardMessage();
  #type = types.unknown;
  #unit: string | undefined;

  constructor(sink: ByteSink, escaping: EscapingScheme) {
    this.#sink = sink;
    this.#escaping = escaping;
  }

  /** Throws METRIC_INVALID when the family has no name. */
  beginFamily({ name, type, help, unit }: FamilyHeader): void {
    if (name === '') {
      throw new PromAgentError('METRIC_INVALID', 'a metric without a name cannot be exposed');
    }
    this.#type = types[type];
    this.#unit = unit;
    const message = this.#message;
    message.clear();
    message.integer(3, this.#type);
    if (help !== undefined) message.string(2, help);
    message.string(1, escapedName(name, this.#escaping));
    this.#sink.beginMessage();
    this.#flush();
  }

  writeValue({ labels, value, timestampMs, createdMs, exemplar }: ValueSeries): void {
    const message = this.#message;
    this.#timestamp(timestampMs);
    const end = message.size;
    if (this.#type === types.counter) {
      this.#time(3, createdMs);
      this.#exemplar(2, exemplar);
    }
    message.double(1, value);
    message.enclose(valueFields[this.#type]!, end);
    this.#metric(labels);
  }

  writeSummary(series: SummarySeries): void {
    const { quantiles, quantileValues } = series;
    const message = this.#message;
    this.#timestamp(series.timestampMs);
    const end = message.size;
    this.#time(4, series.createdMs);
    for (let i = quantiles.length - 1; i >= 0; i--) {
      const quantileEnd = message.size;
      message.double(2, quantileValues[i]!);
      message.double(1, quantiles[i]!);
      message.enclose(3, quantileEnd);
    }
    message.double(2, series.sum);
    message.integer(1, series.count);
    message.enclose(4, end);
    this.#metric(series.labels);
  }

  writeHistogram(series: HistogramSeries): void {
    const { native, isFloat = false } = series;
    const message = this.#message;
    const end = message.size;
    this.#exemplars(series.exemplars);
    this.#time(15, series.createdMs);
    if (native !== undefined) writeNativeHistogram(message, native, isFloat);
    if (isFloat) message.double(4, series.count);
    this.#buckets(series);
    message.double(2, series.sum);
    if (!isFloat) message.integer(1, series.count);
    message.enclose(7, end);
    this.#timestamp(series.timestampMs);
    this.#metric(series.labels);
  }

  endFamily(): void {
    if (this.#unit !== undefined && this.#unit !== '') this.#message.string(5, this.#unit);
    this.#flush();
    this.#sink.endMessage();
  }

  /** Nothing ends the body. */
  end(): void {}

  #buckets({ upperBounds, bucketCounts, bucketExemplars, isFloat = false }: HistogramSeries): void {
    const message = this.#message;
    for (let i = upperBounds.length - 1; i >= 0; i--) {
      const end = message.size;
      if (isFloat) message.double(4, bucketCounts[i]!);
      this.#exemplar(3, bucketExemplars?.[i]);
      message.double(2, upperBounds[i]!);
      if (!isFloat) message.integer(1, bucketCounts[i]!);
      message.enclose(3, end);
    }
  }

  #exemplars(exemplars: readonly Exemplar[] = []): void {
    for (let i = exemplars.length - 1; i >= 0; i--) this.#exemplar(16, exemplars[i]);
  }

  #exemplar(field: number, exemplar: Exemplar | undefined): void {
    if (exemplar === undefined) return;
    const end = this.#message.size;
    this.#time(3, exemplar.timestampMs);
    this.#message.double(2, exemplar.value);
    this.#labels(exemplar.labels);
    this.#message.enclose(field, end);
  }

  #timestamp(timestampMs: number | undefined): void {
    if (timestampMs !== undefined) this.#message.integer(6, timestampMs);
  }

  /** A google.protobuf.Timestamp, whose zeros are left out. */
  #time(field: number, milliseconds: number | undefined): void {
    if (milliseconds === undefined) return;
    const end = this.#message.size;
    const seconds = Math.floor(milliseconds / 1000);
    const nanoseconds = Math.round((milliseconds - seconds * 1000) * 1e6);
    if (nanoseconds !== 0) this.#message.integer(2, nanoseconds);
    if (seconds !== 0) this.#message.integer(1, seconds);
    this.#message.enclose(field, end);
  }

  #labels(labels: readonly LabelPair[]): void {
    for (let i = labels.length - 1; i >= 0; i--) {
      const [name, value] = labels[i]!;
      const end = this.#message.size;
      this.#message.string(2, value);
      this.#message.string(1, escapedName(name, this.#escaping));
      this.#message.enclose(1, end);
    }
  }

  #metric(labels: readonly LabelPair[]): void {
    this.#labels(labels);
    this.#message.enclose(4, 0);
    this.#flush();
  }

  #flush(): void {
    const bytes = this.#message.written();
    this.#sink.reserve(bytes.length);
    this.#sink.bytes.set(bytes, this.#sink.at);
    this.#sink.at += bytes.length;
    this.#message.clear();
  }
}
