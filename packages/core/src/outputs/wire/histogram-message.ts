import type { BucketSpan, HistogramSample } from '../../model/histogram.js';
import { writeInt64Varint, writeVarint } from './varint.js';

// Fields of prompb.Histogram (prometheus prompb/types.proto) with their wire types.
const tag = {
  countInt: 0x08,
  countFloat: 0x11,
  sum: 0x19,
  schema: 0x20,
  zeroThreshold: 0x29,
  zeroCountInt: 0x30,
  zeroCountFloat: 0x39,
  negativeSpans: 0x42,
  negativeDeltas: 0x4a,
  negativeCounts: 0x52,
  positiveSpans: 0x5a,
  positiveDeltas: 0x62,
  positiveCounts: 0x6a,
  resetHint: 0x70,
  timestamp: 0x78,
} as const;

/** custom_values = 16 of remote write 2.0's Histogram, the same message but for this field: two bytes. */
const customValuesTag = [0x82, 0x01] as const;

const gaugeResetHint = 3;
/** The longest varint, and room for tags and lengths around it. */
const numberBytes = 12;

/**
 * Encodes native histograms as the message Histogram of remote write. It is a view that the next call
 * overwrites. Custom buckets have a place in remote write 2.0 only.
 */
export class HistogramEncoder {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  get memoryBytes(): number {
    return this.#bytes.byteLength;
  }

  encode(histogram: HistogramSample, timestampMs: number): Uint8Array {
    this.#at = 0;
    this.#reserve(histogram);
    const { isFloat } = histogram;
    this.#count(isFloat ? tag.countFloat : tag.countInt, histogram.count, isFloat);
    this.#double(tag.sum, histogram.sum);
    this.#zigzag(tag.schema, histogram.schema);
    this.#double(tag.zeroThreshold, histogram.zeroThreshold);
    this.#count(isFloat ? tag.zeroCountFloat : tag.zeroCountInt, histogram.zeroCount, isFloat);
    this.#spans(tag.negativeSpans, histogram.negativeSpans);
    if (isFloat) this.#counts(tag.negativeCounts, histogram.negativeCounts);
    else this.#deltas(tag.negativeDeltas, histogram.negativeCounts);
    this.#spans(tag.positiveSpans, histogram.positiveSpans);
    if (isFloat) this.#counts(tag.positiveCounts, histogram.positiveCounts);
    else this.#deltas(tag.positiveDeltas, histogram.positiveCounts);
    if (histogram.isGauge) this.#varint(tag.resetHint, gaugeResetHint);
    this.#varint(tag.timestamp, timestampMs);
    if (histogram.customValues.length > 0) {
      this.#bytes[this.#at++] = customValuesTag[0];
      this.#counts(customValuesTag[1], histogram.customValues);
    }
    return this.#bytes.subarray(0, this.#at);
  }

  #reserve(histogram: HistogramSample): void {
    const { positiveSpans, negativeSpans, positiveCounts, negativeCounts, customValues } =
      histogram;
    const spans = positiveSpans.length + negativeSpans.length;
    const buckets = positiveCounts.length + negativeCounts.length + customValues.length;
    const needed = (16 + 2 * spans + buckets) * numberBytes;
    if (needed <= this.#bytes.length) return;
    this.#bytes = new Uint8Array(needed * 2);
    this.#view = new DataView(this.#bytes.buffer);
  }

  #count(field: number, count: number, isFloat: boolean): void {
    if (isFloat) this.#double(field, count);
    else this.#varint(field, count);
  }

  #varint(field: number, value: number): void {
    this.#bytes[this.#at++] = field;
    this.#at = writeInt64Varint(this.#bytes, this.#at, value);
  }

  #zigzag(field: number, value: number): void {
    this.#bytes[this.#at++] = field;
    this.#at = writeInt64Varint(this.#bytes, this.#at, zigzag(value));
  }

  #double(field: number, value: number): void {
    this.#bytes[this.#at++] = field;
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  #spans(field: number, spans: readonly BucketSpan[]): void {
    for (const { offset, length } of spans) {
      this.#bytes[this.#at++] = field;
      const lengthAt = this.#at++;
      this.#zigzag(0x08, offset);
      this.#varint(0x10, length);
      this.#bytes[lengthAt] = this.#at - lengthAt - 1;
    }
  }

  /** Integer counts go as differences, each to the one before. */
  #deltas(field: number, counts: ArrayLike<number>): void {
    if (counts.length === 0) return;
    this.#packed(field, () => {
      let before = 0;
      for (let i = 0; i < counts.length; i++) {
        this.#at = writeInt64Varint(this.#bytes, this.#at, zigzag(counts[i]! - before));
        before = counts[i]!;
      }
    });
  }

  #counts(field: number, counts: ArrayLike<number>): void {
    if (counts.length === 0) return;
    this.#packed(field, () => {
      for (let i = 0; i < counts.length; i++, this.#at += 8) {
        this.#view.setFloat64(this.#at, counts[i]!, true);
      }
    });
  }

  /** A length-delimited field whose length is known when its content stands: then that moves up. */
  #packed(field: number, write: () => void): void {
    this.#bytes[this.#at++] = field;
    const lengthAt = this.#at;
    this.#at += 5;
    const from = this.#at;
    write();
    const length = this.#at - from;
    const to = writeVarint(this.#bytes, lengthAt, length);
    this.#bytes.copyWithin(to, from, this.#at);
    this.#at = to + length;
  }
}

/** As arithmetic: counts pass 32 bits. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}
