import type { Fragment } from '../fragment.js';
import { farthestCopy, SnappyCompressor, snappyBound } from '../snappy.js';
import { templateTimeBytes } from '../v1/template.js';
import { CopyPlan } from './copy-plan.js';
import type { SeriesEncoder } from './series-encoder.js';
import { mostMatches, SeriesMatches } from './series-matches.js';
import type { SymbolTable } from './symbol-table.js';
import { ValueTemplate } from './value-template.js';

/** Before a value: the timestamp, the value's tag. */
const timeHeadBytes = templateTimeBytes + 1;

/**
 * Compresses an encoder's part: once for all, or as a template. One instance serves a thread.
 *
 * Between two values there are the metadata of one series, the references of the next and its timestamp,
 * nearly all of it as in earlier series. So in a template the copies are not searched for by the bytes at
 * any place: a few of the series before are asked, and of their copies the cheapest are chosen.
 */
export class TemplateBuilder {
  readonly #snappy = new SnappyCompressor();
  readonly #matches = new SeriesMatches();
  readonly #plan = new CopyPlan();
  #scratch = new Uint8Array(0);
  /** By series: how far back its copies may be taken from, and how many of these there are. */
  #distances = new Int32Array(0);
  #counts = new Uint8Array(0);

  get memoryBytes(): number {
    const found = this.#matches.memoryBytes + this.#distances.byteLength + this.#counts.byteLength;
    return this.#snappy.memoryBytes + this.#plan.memoryBytes + found + this.#scratch.byteLength;
  }

  /** The result's bytes are overwritten by the next call. */
  compress(part: SeriesEncoder, symbols: SymbolTable): Fragment {
    this.#begin(part);
    this.#snappy.findCopies(0, part.length);
    return {
      bytes: this.#scratch.subarray(0, this.#snappy.end()),
      uncompressedBytes: part.length,
      samples: part.samples,
      highestTimestampMs: part.highestTimestampMs,
      symbols,
    };
  }

  /**
   * Every timestamp of the part must be the same and take {@link templateTimeBytes}.
   *
   * @param values those of the part
   * @param known of each how many low bytes are zero, now and later, or `pinned`
   */
  build(
    part: SeriesEncoder,
    symbols: SymbolTable,
    values: Float64Array,
    known: Uint8Array,
  ): ValueTemplate {
    const snappy = this.#snappy;
    const { samples, valuePlaces } = part;
    const holes = new Int32Array(samples).fill(-1);
    const timeHoles: number[] = [];
    this.#begin(part);
    this.#plan.start(part.length);
    this.#matches.start(part, known);
    this.#reserve(samples + 1);
    for (let i = 0; i < samples; i++) {
      const valueAt = valuePlaces[i]!;
      const timeAt = valueAt - timeHeadBytes;
      const isFirst = i === 0 || valueAt - valuePlaces[i - 1]! > farthestCopy;
      this.#plan.markTime(timeAt, timeAt + templateTimeBytes, isFirst);
      // First the index of the mark, after compression its place.
      if (isFirst) timeHoles.push(snappy.mark(timeAt));
      if (known[i]! < 8) {
        holes[i] = snappy.mark(valueAt + known[i]!);
        this.#plan.markHole(valueAt + known[i]!, valueAt + 8);
      }
      this.#find(i);
    }
    this.#find(samples);
    this.#choose(part);
    this.#plan.emit(snappy);
    const length = snappy.end();
    for (let i = 0; i < samples; i++) if (holes[i]! >= 0) holes[i] = snappy.placeOf(holes[i]!);
    return new ValueTemplate({
      bytes: this.#scratch.slice(0, length),
      uncompressedBytes: part.length,
      symbols,
      holes,
      values,
      known,
      timeHoles: timeHoles.map((mark) => snappy.placeOf(mark)),
    });
  }

  /** Which series are like series `i`. */
  #find(i: number): void {
    const matches = this.#matches;
    matches.find(i);
    this.#counts[i] = matches.count;
    for (let n = 0; n < matches.count; n++) {
      this.#distances[i * mostMatches + n] = matches.distances[n]!;
    }
  }

  /** From the end on: what stands between value `i - 1` and value `i`, value `i` included. */
  #choose({ bytes, samples, valuePlaces, length }: SeriesEncoder): void {
    for (let i = samples; i >= 0; i--) {
      const from = i === 0 ? 0 : valuePlaces[i - 1]! + 8;
      const to = i === samples ? length : valuePlaces[i]! + 8;
      const distances = this.#distances.subarray(i * mostMatches);
      this.#plan.choose(bytes, from, to, distances, this.#counts[i]!);
    }
  }

  #reserve(series: number): void {
    if (this.#counts.length >= series) return;
    this.#counts = new Uint8Array(series * 2);
    this.#distances = new Int32Array(series * 2 * mostMatches);
  }

  #begin(part: SeriesEncoder): void {
    const bound = snappyBound(part.length);
    if (this.#scratch.length < bound) this.#scratch = new Uint8Array(bound);
    this.#snappy.begin(part.bytes, part.view, part.length, this.#scratch);
  }
}
