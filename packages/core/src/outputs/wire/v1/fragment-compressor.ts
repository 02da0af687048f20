import type { Fragment } from '../fragment.js';
import { farthestCopy, SnappyCompressor, snappyBound } from '../snappy.js';
import { Template, templateTimeBytes } from './template.js';
import type { WriteRequestEncoder } from './write-request.js';

// How a series ends: its value, the timestamp's tag, the timestamp.
const timeTailBytes = 1 + templateTimeBytes;
const tailBytes = 8 + timeTailBytes;

/** Compresses an encoder's part: once for all, or as a template. One instance serves a thread. */
export class FragmentCompressor {
  readonly #snappy = new SnappyCompressor();
  #scratch = new Uint8Array(0);

  get memoryBytes(): number {
    return this.#snappy.memoryBytes + this.#scratch.byteLength;
  }

  /** The result's bytes are overwritten by the next call. */
  compress(part: WriteRequestEncoder): Fragment {
    this.#begin(part);
    this.#snappy.findCopies(0, part.length);
    return {
      bytes: this.#scratch.subarray(0, this.#snappy.end()),
      uncompressedBytes: part.length,
      samples: part.samples,
      highestTimestampMs: part.highestTimestampMs,
      symbols: undefined,
    };
  }

  /** Every timestamp of the part must be the same and take {@link templateTimeBytes}. */
  buildTemplate(part: WriteRequestEncoder): Template {
    const snappy = this.#snappy;
    const { ends, samples } = part;
    const valueHoles = new Int32Array(samples);
    const timeHoles: number[] = [];
    this.#begin(part);
    let labelsFrom = 0;
    for (let i = 0; i < samples; i++) {
      const valueAt = ends[i]! - tailBytes;
      snappy.findCopies(labelsFrom, valueAt);
      // First the index of the mark, after compression its place.
      valueHoles[i] = snappy.mark(valueAt);
      labelsFrom = ends[i]!;
      const copied = this.#copyTime(part, i);
      if (copied > 0) labelsFrom = copied;
      else timeHoles.push(snappy.mark(ends[i]! - templateTimeBytes));
    }
    const length = snappy.end();
    for (let i = 0; i < samples; i++) valueHoles[i] = snappy.placeOf(valueHoles[i]!);
    const bytes = this.#scratch.slice(0, length);
    const places = timeHoles.map((mark) => snappy.placeOf(mark));
    return new Template(bytes, part.length, valueHoles, places);
  }

  /**
   * Copies the timestamp of series `i` from the one before it, and with it what is equal of the next
   * series' labels. Returns where the copy ends, 0 when there is no timestamp within reach.
   */
  #copyTime(part: WriteRequestEncoder, i: number): number {
    if (i === 0) return 0;
    const { ends } = part;
    const at = ends[i]! - timeTailBytes;
    const before = ends[i - 1]! - timeTailBytes;
    if (at - before > farthestCopy) return 0;
    const to = i + 1 < part.samples ? ends[i + 1]! - tailBytes : part.length;
    return this.#snappy.copyAsFarAsEqual(at, to, before, ends[i]! - tailBytes);
  }

  #begin(part: WriteRequestEncoder): void {
    const bound = snappyBound(part.length);
    if (this.#scratch.length < bound) this.#scratch = new Uint8Array(bound);
    this.#snappy.begin(part.bytes, part.view, part.length, this.#scratch);
  }
}
