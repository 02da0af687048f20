import type { Fragment } from '../fragment.js';
import { farthestCopy, SnappyCompressor, snappyBound } from '../snappy.js';
import { templateTimeBytes } from '../v1/template.js';
import type { SeriesEncoder } from './series-encoder.js';
import type { SymbolTable } from './symbol-table.js';
import { pinned, ValueTemplate } from './value-template.js';

/** Behind a value: the timestamp's tag, the timestamp. */
const timeTailBytes = 1 + templateTimeBytes;
/**
 * How many series back a copy is looked for. What is searched far is 3 % smaller and takes four times as
 * long: for templates that are to last.
 */
const nearReach = 16;
const farReach = 128;
const shortestCopy = 4;

/**
 * Compresses an encoder's part: once for all, or as a template. One instance serves a thread.
 *
 * Between two values there are a timestamp, the metadata of one series and the references of the next:
 * two copies of what earlier series had there, and between them what is new. So in a template the
 * copies are not searched for by hash but taken from the best of the last series.
 */
export class TemplateBuilder {
  readonly #snappy = new SnappyCompressor();
  #scratch = new Uint8Array(0);
  #reach = nearReach;

  get memoryBytes(): number {
    return this.#snappy.memoryBytes + this.#scratch.byteLength;
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
   * @param isLasting it may take its time
   */
  build(
    part: SeriesEncoder,
    symbols: SymbolTable,
    values: Float64Array,
    known: Uint8Array,
    isLasting = false,
  ): ValueTemplate {
    this.#reach = isLasting ? farReach : nearReach;
    const snappy = this.#snappy;
    const { samples, valuePlaces } = part;
    const holes = new Int32Array(samples).fill(-1);
    const timeHoles: number[] = [];
    this.#begin(part);
    let done = 0;
    for (let i = 0; i < samples; i++) {
      const from = this.#copyTime(part, i, done, timeHoles);
      done = this.#copyRest(part, i, from, known);
      // First the index of the mark, after compression its place.
      if (known[i]! < 8) holes[i] = snappy.mark(valuePlaces[i]! + known[i]!);
    }
    if (samples > 0) {
      const end = this.#copyTime(part, samples, done, timeHoles);
      snappy.findCopies(end, part.length);
    }
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

  /**
   * What stands behind value `i - 1`, from its timestamp on, as a copy of what stands behind an earlier
   * one, where that is not `done` already; returns where the copy ends.
   */
  #copyTime(part: SeriesEncoder, i: number, done: number, timeHoles: number[]): number {
    if (i === 0) return 0;
    const { bytes, valuePlaces } = part;
    const from = valuePlaces[i - 1]! + 8;
    if (done > from) return done;
    const to = i < part.samples ? valuePlaces[i]! : part.length;
    let best = 0;
    let longest = 0;
    for (let j = i - 1; j > 0 && j >= i - this.#reach; j--) {
      const source = valuePlaces[j - 1]! + 8;
      if (from - source > farthestCopy) break;
      const most = Math.min(to - from, valuePlaces[j]! - source);
      // Where the best so far ends, a longer one is equal too.
      if (most <= longest || bytes[source + longest] !== bytes[from + longest]) continue;
      let length = 0;
      while (length < most && bytes[source + length] === bytes[from + length]) length++;
      if (length > longest) {
        best = source;
        longest = length;
      }
    }
    if (longest === 0) {
      timeHoles.push(this.#snappy.mark(from + 1));
      return from + timeTailBytes;
    }
    return this.#snappy.copyAsFarAsEqual(from, from + longest, best, best + longest);
  }

  /**
   * What is left up to value `i`, what is known of the value, and where that is all of it what comes
   * behind; returns where the copy ends.
   */
  #copyRest(part: SeriesEncoder, i: number, from: number, known: Uint8Array): number {
    const { bytes, valuePlaces } = part;
    const snappy = this.#snappy;
    const valueAt = valuePlaces[i]!;
    let best = 0;
    let before = 0;
    let behind = 0;
    for (let j = i - 1; j >= 0 && j >= i - this.#reach; j--) {
      const source = valuePlaces[j]!;
      if (valueAt - source > farthestCopy) break;
      const sourceFrom = j === 0 ? 0 : valuePlaces[j - 1]! + 8 + timeTailBytes;
      const most = Math.min(valueAt - from, source - sourceFrom);
      const more = equalBehind(part, i, j, known);
      // To be better it must be equal beyond so many bytes.
      const beyond = Math.max(0, before + behind - more);
      if (most <= beyond || bytes[source - 1 - beyond] !== bytes[valueAt - 1 - beyond]) continue;
      let equal = 0;
      while (equal < most && bytes[source - 1 - equal] === bytes[valueAt - 1 - equal]) equal++;
      if (equal + more > before + behind) {
        best = source;
        before = equal;
        behind = more;
      }
    }
    if (before + behind < shortestCopy) {
      snappy.findCopies(from, valueAt);
      return valueAt;
    }
    snappy.findCopies(from, valueAt - before);
    const end = best + behind;
    return snappy.copyAsFarAsEqual(valueAt - before, valueAt + behind, best - before, end);
  }

  #begin(part: SeriesEncoder): void {
    const bound = snappyBound(part.length);
    if (this.#scratch.length < bound) this.#scratch = new Uint8Array(bound);
    this.#snappy.begin(part.bytes, part.view, part.length, this.#scratch);
  }
}

/** From value `i` on, bytes that are known and the same as from value `j` on, up to the next value. */
function equalBehind(part: SeriesEncoder, i: number, j: number, known: Uint8Array): number {
  const { bytes, valuePlaces, samples } = part;
  const at = valuePlaces[i]!;
  const source = valuePlaces[j]!;
  const isWhole = known[i] === pinned && known[j] === pinned;
  const ofValue = Math.min(known[i]!, known[j]!, 8);
  // The value before `i` at the latest, which is no further than the source may be read.
  const next = i + 1 < samples ? valuePlaces[i + 1]! : part.length;
  const most = isWhole ? Math.min(next - at, valuePlaces[j + 1]! - source) : ofValue;
  let equal = 0;
  while (equal < most && bytes[source + equal] === bytes[at + equal]) equal++;
  return equal;
}
