import type { BatchExemplars, ScrapeBatch } from '../scrape-batch.js';
import type { Fragment } from '../wire/fragment.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import type { LineFormat, SeriesText } from './line-format.js';
import { seriesTextsOf } from './series-texts.js';
import type { ValueEncoder } from './value-encoder.js';

/** A piece of lines; a message can be split between two. */
const pieceBytes = 64 * 1024;
const smallestBufferBytes = 2 * pieceBytes;

/** What is kept of a target: what its lines say beside their numbers. */
export class KeptLines {
  layout = Number.NaN;
  samples = 0;
  familiesVersion = 0;
  texts: readonly SeriesText[] = [];

  get memoryBytes(): number {
    let bytes = 0;
    for (const { head, tail } of this.texts) bytes += head.length + tail.length + 100;
    return bytes;
  }
}

/** A message's value is lines of text, one a sample. */
export class LineValue implements ValueEncoder {
  readonly isSnappy = false;
  readonly prefix = undefined;
  readonly #format: LineFormat;
  readonly #options: KafkaWriteOptions;
  #buffer = Buffer.alloc(smallestBufferBytes);
  #end = 0;
  #samples = 0;
  #highestMs = 0;
  #keptBytes = 0;

  constructor(format: LineFormat, options: KafkaWriteOptions) {
    this.#format = format;
    this.#options = options;
  }

  get memoryBytes(): number {
    return this.#buffer.byteLength + this.#keptBytes;
  }

  newPart(): KeptLines {
    return new KeptLines();
  }

  forget(part: KeptLines): void {
    this.#keptBytes -= part.memoryBytes;
    part.texts = [];
    part.layout = Number.NaN;
  }

  encode(batch: ScrapeBatch, part: KeptLines, emit: (piece: Fragment) => void): void {
    this.#begin();
    const texts = this.#textsOf(batch, part);
    const exemplars = this.#exemplarsOf(batch);
    for (let i = 0; i < batch.count; i++) {
      const timestampMs = timeOf(batch.timestampsMs?.[i], batch);
      const exemplar = this.#exemplarOf(batch, exemplars?.get(batch.refs[i]!));
      const line = this.#format.sample(texts[i]!, batch.values[i]!, timestampMs, exemplar);
      this.#line(line, timestampMs, emit);
    }
    this.#histograms(batch, exemplars, emit);
    for (let i = 0; i < batch.staleCount; i++) {
      const text = this.#textOf(batch, batch.staleRefs[i]!);
      this.#line(this.#format.marker(text, batch.timestampMs), batch.timestampMs, emit);
    }
    this.#emit(emit);
  }

  #histograms(
    batch: ScrapeBatch,
    exemplars: ReadonlyMap<number, number[]> | undefined,
    emit: (piece: Fragment) => void,
  ): void {
    const { histograms } = batch;
    if (histograms === undefined || !this.#options.sendNativeHistograms) return;
    for (let i = 0; i < histograms.count; i++) {
      const text = this.#textOf(batch, histograms.refs[i]!);
      const timestampMs = timeOf(histograms.timestampsMs[i], batch);
      const exemplar = this.#exemplarOf(batch, exemplars?.get(histograms.refs[i]!));
      const line = this.#format.histogram(text, histograms.samples[i]!, timestampMs, exemplar);
      this.#line(line, timestampMs, emit);
    }
  }

  #exemplarOf(batch: ScrapeBatch, places: readonly number[] | undefined): string {
    return places === undefined ? '' : this.#format.exemplar(batch, places);
  }

  #textsOf(batch: ScrapeBatch, part: KeptLines): readonly SeriesText[] {
    const familiesVersion = batch.families?.version ?? 0;
    const isSame =
      part.layout === batch.layout &&
      part.samples === batch.count &&
      part.familiesVersion === familiesVersion;
    if (isSame) return part.texts;
    this.forget(part);
    part.layout = batch.layout;
    part.samples = batch.count;
    part.familiesVersion = familiesVersion;
    part.texts = seriesTextsOf(batch, batch.refs.subarray(0, batch.count), this.#format);
    this.#keptBytes += part.memoryBytes;
    return part.texts;
  }

  #textOf(batch: ScrapeBatch, ref: number): SeriesText {
    return seriesTextsOf(batch, Int32Array.of(ref), this.#format)[0]!;
  }

  #exemplarsOf({ exemplars }: ScrapeBatch): ReadonlyMap<number, number[]> | undefined {
    if (exemplars === undefined || !this.#options.sendExemplars) return undefined;
    return placesByRef(exemplars);
  }

  #begin(): void {
    this.#end = 0;
    this.#samples = 0;
    this.#highestMs = 0;
  }

  #line(line: string, timestampMs: number, emit: (piece: Fragment) => void): void {
    const most = line.length * 3 + 1;
    if (this.#end > 0 && this.#end + most > pieceBytes) this.#emit(emit);
    if (most > this.#buffer.length) this.#buffer = Buffer.alloc(most * 2);
    this.#end += this.#buffer.write(line, this.#end);
    this.#buffer[this.#end++] = 10;
    this.#samples++;
    if (timestampMs > this.#highestMs) this.#highestMs = timestampMs;
  }

  #emit(emit: (piece: Fragment) => void): void {
    if (this.#end === 0) return;
    emit({
      bytes: this.#buffer.subarray(0, this.#end),
      uncompressedBytes: this.#end,
      samples: this.#samples,
      highestTimestampMs: this.#highestMs,
      symbols: undefined,
    });
    this.#begin();
  }
}

function timeOf(ownMs: number | undefined, { timestampMs }: ScrapeBatch): number {
  return ownMs === undefined || Number.isNaN(ownMs) ? timestampMs : ownMs;
}

function placesByRef(exemplars: BatchExemplars): ReadonlyMap<number, number[]> {
  const places = new Map<number, number[]>();
  for (let i = 0; i < exemplars.count; i++) {
    const ref = exemplars.refs[i]!;
    const known = places.get(ref);
    if (known === undefined) places.set(ref, [i]);
    else known.push(i);
  }
  return places;
}
