import { staleNanHighWord, staleNanLowWord } from '../../../model/sample.js';
import type { BatchHistograms, ScrapeBatch } from '../../scrape-batch.js';
import { HistogramEncoder } from '../histogram-message.js';
import { mostPartBytes, PartEncoder } from '../part-encoder.js';
import { varintAt } from '../request-parts.js';
import { uncompressElements } from '../uncompress.js';
import { writeValue } from '../v1/write-request.js';
import { varintLength, writeInt64Varint, writeVarint } from '../varint.js';
import { LabelRefs } from './label-refs.js';
import { exemplarMessages, metadataMessage, type SeriesContext } from './series-messages.js';

// Protobuf tags of remote write 2.0 (io/prometheus/write/v2/types.proto).
const timeSeriesTag = 0x2a; // Request.timeseries = 5
const labelsTag = 0x0a; // TimeSeries.labels_refs = 1, packed
const sampleTag = 0x12; // TimeSeries.samples = 2
const histogramTag = 0x1a; // TimeSeries.histograms = 3
const createdTag = 0x30; // TimeSeries.created_timestamp = 6
const startTag = 0x18; // Sample.start_timestamp = 3
const histogramStartTag = 0x88; // Histogram.start_timestamp = 17, a tag of two bytes
const histogramStartTag2 = 0x01;
const valueTag = 0x09; // Sample.value = 1
const timestampTag = 0x10; // Sample.timestamp = 2

/** Bytes of a sample message beside its timestamp. */
const sampleBytesWithoutTime = 10;
/** Around a series' references: tags, lengths, value, the longest timestamps, metadata. */
const seriesOverhead = 96;

/**
 * Encodes batches as repeated `Request.timeseries` fields of remote write 2.0, one sample each: a part
 * of a request, uncompressed. One instance serves a thread; its buffer is overwritten by the next part.
 */
export class SeriesEncoder extends PartEncoder {
  /** Where the value of the `i`th series stands. */
  valuePlaces = new Int32Array(1024);
  readonly #histograms = new HistogramEncoder();
  readonly #start = new Uint8Array(10);
  /** 0: nothing is known of it. */
  #startLength = 0;
  readonly #refs = new LabelRefs();
  #metadata: Uint8Array = new Uint8Array(0);
  #context: SeriesContext | undefined;

  get memoryBytes(): number {
    const own = this.bytes.byteLength + this.valuePlaces.byteLength + this.#refs.memoryBytes;
    return own + this.#histograms.memoryBytes;
  }

  /** Encodes samples from `from` on, `atMost` of them; returns the index of the first left out. */
  encodeSamples(batch: ScrapeBatch, from: number, atMost: number, context: SeriesContext): number {
    const { refs, values, timestampsMs, createdMs } = batch;
    const to = Math.min(batch.count, from + atMost);
    this.begin();
    if (timestampsMs === undefined) this.setTime(batch.timestampMs);
    let index = from;
    for (; index < to && this.length < mostPartBytes; index++) {
      if (timestampsMs !== undefined) {
        const own = timestampsMs[index]!;
        this.setTime(Number.isNaN(own) ? batch.timestampMs : own);
      }
      this.#setStart(createdMs?.[index]);
      const valueAt = this.#series(batch, refs[index]!, context);
      writeValue(this.view, valueAt, values[index]!);
    }
    return index;
  }

  /** The same with stale markers. */
  encodeStaleMarkers(
    batch: ScrapeBatch,
    from: number,
    atMost: number,
    context: SeriesContext,
  ): number {
    const to = Math.min(batch.staleCount, from + atMost);
    this.begin();
    this.setTime(batch.timestampMs);
    let index = from;
    for (; index < to && this.length < mostPartBytes; index++) {
      const valueAt = this.#series(batch, batch.staleRefs[index]!, context);
      this.view.setUint32(valueAt, staleNanLowWord, true);
      this.view.setUint32(valueAt + 4, staleNanHighWord, true);
    }
    return index;
  }

  /** The same with native histograms, those with custom buckets too. */
  encodeHistograms(
    batch: ScrapeBatch,
    histograms: BatchHistograms,
    from: number,
    atMost: number,
    context: SeriesContext,
  ): number {
    const to = Math.min(histograms.count, from + atMost);
    this.begin();
    let index = from;
    for (; index < to && this.length < mostPartBytes; index++) {
      const own = histograms.timestampsMs[index]!;
      const timestampMs = Number.isNaN(own) ? batch.timestampMs : own;
      if (timestampMs > this.highestTimestampMs) this.highestTimestampMs = timestampMs;
      this.#setStart(histograms.createdMs?.[index]);
      const message = this.#histograms.encode(histograms.samples[index]!, timestampMs);
      this.#histogram(batch, histograms.refs[index]!, message, context);
    }
    return index;
  }

  /**
   * A part of before with other values: what stands in it beside them costs more to encode than to
   * uncompress.
   *
   * @param elements its bytes, compressed; each timestamp takes six
   */
  again(elements: Uint8Array, length: number, values: Float64Array, timestampMs: number): void {
    this.begin();
    this.reserve(length);
    uncompressElements(elements, this.bytes);
    this.length = length;
    this.setTime(timestampMs);
    const { bytes, view } = this;
    for (let at = 0; at < length; ) {
      const series = varintAt(bytes, at + 1);
      const labels = varintAt(bytes, series.end + 1);
      // The sample's tag, its length, the timestamp's tag.
      const timeAt = labels.end + labels.value + 3;
      // And the value's tag.
      const valueAt = writeInt64Varint(bytes, timeAt, timestampMs) + 1;
      this.reserve(0);
      writeValue(view, valueAt, values[this.samples]!);
      this.valuePlaces[this.samples++] = valueAt;
      at = series.end + series.value;
    }
  }

  protected override begin(): void {
    super.begin();
    this.#startLength = 0;
  }

  /**
   * When the series began. It goes out twice: receivers of the specification's third candidate, as Prometheus
   * 3.5 to 3.7, have it beside the samples, those of the fourth in each sample (prometheus#17411).
   */
  #setStart(startMs = Number.NaN): void {
    this.#startLength = startMs > 0 ? writeInt64Varint(this.#start, 0, startMs) : 0;
  }

  /** Writes one series with its sample; returns where the value belongs. */
  #series(batch: ScrapeBatch, ref: number, context: SeriesContext): number {
    const refsLength = this.#writeRefs(batch.series.labelBytes(ref), context);
    const exemplars = exemplarMessages(batch, ref, context);
    const timeLength = this.timeLength;
    const startBytes = this.#startLength > 0 ? 1 + this.#startLength : 0;
    const sampleLength = sampleBytesWithoutTime + timeLength + startBytes;
    const length =
      1 +
      varintLength(refsLength) +
      refsLength +
      2 +
      sampleLength +
      exemplars.length +
      this.#metadata.length +
      startBytes;
    this.reserve(length + seriesOverhead);
    const { bytes } = this;
    let at = this.#head(length, refsLength);
    bytes[at++] = sampleTag;
    bytes[at++] = sampleLength;
    // The value last: what changes from one series to the next is nearer together, half a byte a sample.
    bytes[at++] = timestampTag;
    for (let i = 0; i < timeLength; i++) bytes[at++] = this.time[i]!;
    bytes[at++] = valueTag;
    const valueAt = at;
    at += 8;
    if (startBytes > 0) {
      bytes[at++] = startTag;
      at = this.#writeStart(at);
    }
    bytes.set(exemplars, at);
    at = this.#tail(at + exemplars.length);
    this.length = at;
    this.valuePlaces[this.samples++] = valueAt;
    return valueAt;
  }

  #histogram(batch: ScrapeBatch, ref: number, message: Uint8Array, context: SeriesContext): void {
    const refsLength = this.#writeRefs(batch.series.labelBytes(ref), context);
    const exemplars = exemplarMessages(batch, ref, context);
    const startBytes = this.#startLength > 0 ? 2 + this.#startLength : 0;
    const messageLength = message.length + startBytes;
    const length =
      1 +
      varintLength(refsLength) +
      refsLength +
      1 +
      varintLength(messageLength) +
      messageLength +
      exemplars.length +
      this.#metadata.length +
      Math.max(0, startBytes - 1);
    this.reserve(length + seriesOverhead);
    let at = this.#head(length, refsLength);
    this.bytes[at++] = histogramTag;
    at = writeVarint(this.bytes, at, messageLength);
    this.bytes.set(message, at);
    at += message.length;
    if (startBytes > 0) {
      this.bytes[at++] = histogramStartTag;
      this.bytes[at++] = histogramStartTag2;
      at = this.#writeStart(at);
    }
    this.bytes.set(exemplars, at);
    this.length = this.#tail(at + exemplars.length);
    this.samples++;
  }

  #head(length: number, refsLength: number): number {
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = timeSeriesTag;
    at = writeVarint(bytes, at, length);
    bytes[at++] = labelsTag;
    at = writeVarint(bytes, at, refsLength);
    bytes.set(this.#refs.bytes.subarray(0, refsLength), at);
    return at + refsLength;
  }

  #writeStart(from: number): number {
    let at = from;
    for (let i = 0; i < this.#startLength; i++) this.bytes[at++] = this.#start[i]!;
    return at;
  }

  #tail(start: number): number {
    let at = start;
    for (let i = 0; i < this.#metadata.length; i++) this.bytes[at++] = this.#metadata[i]!;
    if (this.#startLength === 0) return at;
    this.bytes[at++] = createdTag;
    return this.#writeStart(at);
  }

  /** The references of labels; and the series' metadata, which the next of the family has too. */
  #writeRefs(labelBytes: Uint8Array, context: SeriesContext): number {
    const isOther = this.#refs.take(labelBytes, context.symbols);
    if (isOther || context !== this.#context) {
      this.#context = context;
      this.#metadata = metadataMessage(this.#refs.metricName, context);
    }
    return this.#refs.length;
  }

  /** And for the place of one more value. */
  protected override reserve(more: number): void {
    super.reserve(more);
    if (this.samples < this.valuePlaces.length) return;
    const longer = new Int32Array(this.valuePlaces.length * 2);
    longer.set(this.valuePlaces);
    this.valuePlaces = longer;
  }
}
