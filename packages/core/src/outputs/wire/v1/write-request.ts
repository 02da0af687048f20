import type { HistogramSample } from '../../../model/histogram.js';
import {
  normalNanHighWord,
  normalNanLowWord,
  staleNanHighWord,
  staleNanLowWord,
} from '../../../model/sample.js';
import type { BatchHistograms, ScrapeBatch } from '../../scrape-batch.js';
import { HistogramEncoder } from '../histogram-message.js';
import { mostPartBytes, PartEncoder } from '../part-encoder.js';
import { varintLength, writeVarint } from '../varint.js';

// Protobuf tags of remote write 1.0 (prompb/types.proto): field number << 3 | wire type.
const timeSeriesTag = 0x0a; // WriteRequest.timeseries = 1
const sampleTag = 0x12; // TimeSeries.samples = 2
const histogramTag = 0x22; // TimeSeries.histograms = 4
const valueTag = 0x09; // Sample.value = 1, fixed64
const timestampTag = 0x10; // Sample.timestamp = 2, varint

/** Bytes of a sample message beside its timestamp: two tags and the value. */
const sampleBytesWithoutTime = 10;
const customBucketsSchema = -53;
/** Around a series' labels: three tags, two lengths, value, the longest timestamp. */
const seriesOverhead = 32;

/** Custom buckets came with remote write 2.0 (prometheus queue_manager.go, AppendHistograms). */
function fitsVersion1(histogram: HistogramSample): boolean {
  return histogram.schema !== customBucketsSchema;
}

/** How many of them 1.0 has no place for. */
export function unsupportedBy1(histograms: readonly HistogramSample[]): number {
  return histograms.reduce((sum, one) => (fitsVersion1(one) ? sum : sum + 1), 0);
}

/** Writes a float64 exactly; every NaN becomes Prometheus' own, for JavaScript has no other. */
export function writeValue(view: DataView, at: number, value: number): void {
  if (Number.isNaN(value)) {
    view.setUint32(at, normalNanLowWord, true);
    view.setUint32(at + 4, normalNanHighWord, true);
  } else {
    view.setFloat64(at, value, true);
  }
}

/**
 * Encodes batches as repeated `WriteRequest.timeseries` fields of remote write 1.0, one sample each:
 * a part of a write request, uncompressed. One instance serves a thread; its buffer is overwritten
 * by the next part.
 */
export class WriteRequestEncoder extends PartEncoder {
  /** Where the `i`th series of the part ends. */
  ends = new Int32Array(1024);
  readonly #histograms = new HistogramEncoder();

  get memoryBytes(): number {
    return this.bytes.byteLength + this.ends.byteLength + this.#histograms.memoryBytes;
  }

  /** Encodes samples from `from` on, `atMost` of them; returns the index of the first left out. */
  encodeSamples(batch: ScrapeBatch, from: number, atMost: number): number {
    const { refs, values, timestampsMs } = batch;
    const to = Math.min(batch.count, from + atMost);
    this.begin();
    if (timestampsMs === undefined) this.setTime(batch.timestampMs);
    let index = from;
    for (; index < to && this.length < mostPartBytes; index++) {
      if (timestampsMs !== undefined) {
        const own = timestampsMs[index]!;
        this.setTime(Number.isNaN(own) ? batch.timestampMs : own);
      }
      const valueAt = this.#series(batch.series.labelBytes(refs[index]!));
      writeValue(this.view, valueAt, values[index]!);
    }
    return index;
  }

  /** The same with stale markers. */
  encodeStaleMarkers(batch: ScrapeBatch, from: number, atMost: number): number {
    const to = Math.min(batch.staleCount, from + atMost);
    this.begin();
    this.setTime(batch.timestampMs);
    let index = from;
    for (; index < to && this.length < mostPartBytes; index++) {
      const valueAt = this.#series(batch.series.labelBytes(batch.staleRefs[index]!));
      this.view.setUint32(valueAt, staleNanLowWord, true);
      this.view.setUint32(valueAt + 4, staleNanHighWord, true);
    }
    return index;
  }

  /** The same with native histograms. Those with custom buckets are passed over: 1.0 has none. */
  encodeHistograms(
    batch: ScrapeBatch,
    histograms: BatchHistograms,
    from: number,
    atMost: number,
  ): number {
    const to = Math.min(histograms.count, from + atMost);
    this.begin();
    let index = from;
    for (; index < to && this.length < mostPartBytes; index++) {
      const histogram = histograms.samples[index]!;
      if (!fitsVersion1(histogram)) continue;
      const own = histograms.timestampsMs[index]!;
      const timestampMs = Number.isNaN(own) ? batch.timestampMs : own;
      if (timestampMs > this.highestTimestampMs) this.highestTimestampMs = timestampMs;
      const message = this.#histograms.encode(histogram, timestampMs);
      this.#histogram(batch.series.labelBytes(histograms.refs[index]!), message);
    }
    return index;
  }

  #histogram(labels: Uint8Array, message: Uint8Array): void {
    this.reserve(labels.length + message.length + seriesOverhead);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = timeSeriesTag;
    const length = labels.length + 1 + varintLength(message.length) + message.length;
    at = writeVarint(bytes, at, length);
    bytes.set(labels, at);
    at += labels.length;
    bytes[at++] = histogramTag;
    at = writeVarint(bytes, at, message.length);
    bytes.set(message, at);
    this.length = at + message.length;
    this.ends[this.samples++] = this.length;
  }

  /** Writes one series with its sample; returns where the value belongs. */
  #series(labels: Uint8Array): number {
    this.reserve(labels.length + seriesOverhead);
    const { bytes } = this;
    const timeLength = this.timeLength;
    const sampleLength = sampleBytesWithoutTime + timeLength;
    let at = this.length;
    bytes[at++] = timeSeriesTag;
    // The sample's length is below 128: one byte.
    at = writeVarint(bytes, at, labels.length + 2 + sampleLength);
    bytes.set(labels, at);
    at += labels.length;
    bytes[at++] = sampleTag;
    bytes[at++] = sampleLength;
    bytes[at++] = valueTag;
    const valueAt = at;
    at += 8;
    bytes[at++] = timestampTag;
    for (let i = 0; i < timeLength; i++) bytes[at++] = this.time[i]!;
    this.length = at;
    this.ends[this.samples++] = at;
    return valueAt;
  }

  /** And for the end of one more series. */
  protected override reserve(more: number): void {
    super.reserve(more);
    if (this.samples < this.ends.length) return;
    const longer = new Int32Array(this.ends.length * 2);
    longer.set(this.ends);
    this.ends = longer;
  }
}
