/** Which reader a message takes; the words of its header `format`. */
export type { KafkaFormat } from '../../outputs/kafka/kafka-options.js';

/**
 * A series of a message, taken apart as far as both versions of remote write need it. What they share
 * stays in bytes, so that nothing of it can change on the way.
 */
export interface DecodedSeries {
  /** Its labels, `__name__` among them, as remote-write 1.0 fields (repeated `TimeSeries.labels`). */
  readonly labels: Uint8Array;
  readonly points: readonly DecodedPoint[];
  readonly exemplars: readonly DecodedExemplar[];
  readonly metadata: DecodedMetadata | undefined;
  /** When the series began, Unix ms. */
  readonly createdMs: number | undefined;
}

/** A sample or a native histogram. */
export interface DecodedPoint {
  readonly isHistogram: boolean;
  /** The message Sample or Histogram: the same in 1.0 and 2.0 but for custom buckets. */
  readonly message: Uint8Array;
  readonly timestampMs: number;
  /** It has custom buckets, for which 1.0 has no place. */
  readonly needsVersion2: boolean;
}

export interface DecodedExemplar {
  /** As remote-write 1.0 fields (repeated `Exemplar.labels`). */
  readonly labels: Uint8Array;
  /** Value and timestamp, whose fields are the same in both versions. */
  readonly numbers: Uint8Array;
}

export interface DecodedMetadata {
  /** Of MetricMetadata.MetricType. */
  readonly type: number;
  readonly help: string;
  readonly unit: string;
}

export interface DecodedFamily extends DecodedMetadata {
  readonly name: string;
}

export interface DecodedMessage {
  readonly series: readonly DecodedSeries[];
  /** Of remote write 1.0, where metadata stand beside the series. */
  readonly families: readonly DecodedFamily[];
}

/** A message that is not what its format says; the words tell where it goes wrong. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}
