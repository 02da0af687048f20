import type { BucketSpan } from '../../model/histogram.js';

/** Empty buckets between two filled ones that cost less than a new span (client_golang, makeBuckets). */
const mostGap = 2;

/** The buckets of one sign that have counted something: their indexes in rising order and their counts. */
export class SparseBuckets {
  #indexes = new Int32Array(16);
  #counts = new Float64Array(16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Of the bucket next to zero; undefined when there is none. */
  get lowestIndex(): number | undefined {
    return this.#length === 0 ? undefined : this.#indexes[0];
  }

  /** Counts one observation; true when its bucket was empty. */
  add(index: number): boolean {
    const indexes = this.#indexes;
    let at = 0;
    for (let above = this.#length; at < above; ) {
      const middle = (at + above) >>> 1;
      if (indexes[middle]! < index) at = middle + 1;
      else above = middle;
    }
    if (at < this.#length && indexes[at] === index) {
      this.#counts[at]!++;
      return false;
    }
    this.#insert(at, index);
    return true;
  }

  /** Makes one of each two neighbours, which is one step of the schema. */
  halve(): void {
    const indexes = this.#indexes;
    const counts = this.#counts;
    let kept = -1;
    for (let i = 0; i < this.#length; i++) {
      // Half of it, rounded up: the upper bound stays in.
      const index = (indexes[i]! + 1) >> 1;
      if (kept >= 0 && indexes[kept] === index) {
        counts[kept]! += counts[i]!;
        continue;
      }
      kept++;
      indexes[kept] = index;
      counts[kept] = counts[i]!;
    }
    this.#length = kept + 1;
  }

  /** Takes the bucket out if it is the lowest one; what it has counted. */
  takeLowest(index: number): number {
    if (this.lowestIndex !== index) return 0;
    const count = this.#counts[0]!;
    this.#indexes.copyWithin(0, 1, this.#length);
    this.#counts.copyWithin(0, 1, this.#length);
    this.#length--;
    return count;
  }

  clear(): void {
    this.#length = 0;
  }

  /** As a native histogram has them: a few empty buckets may be among the counts. */
  read(): { spans: BucketSpan[]; counts: number[] } {
    return spansOf(this.#indexes, this.#counts, this.#length);
  }

  #insert(at: number, index: number): void {
    if (this.#length === this.#indexes.length) this.#grow();
    this.#indexes.copyWithin(at + 1, at, this.#length);
    this.#counts.copyWithin(at + 1, at, this.#length);
    this.#indexes[at] = index;
    this.#counts[at] = 1;
    this.#length++;
  }

  #grow(): void {
    const indexes = new Int32Array(this.#length * 2);
    indexes.set(this.#indexes);
    this.#indexes = indexes;
    const counts = new Float64Array(this.#length * 2);
    counts.set(this.#counts);
    this.#counts = counts;
  }
}

/** Runs of buckets: the first `length` of the indexes, in rising order, with their counts. */
export function spansOf(
  indexes: ArrayLike<number>,
  counted: ArrayLike<number>,
  length: number,
): { spans: BucketSpan[]; counts: number[] } {
  const spans: { offset: number; length: number }[] = [];
  const counts: number[] = [];
  let next = 0;
  for (let i = 0; i < length; i++) {
    const index = indexes[i]!;
    const gap = index - next;
    const last = spans.at(-1);
    if (last === undefined || gap > mostGap) spans.push({ offset: gap, length: 1 });
    else {
      for (let empty = 0; empty < gap; empty++) counts.push(0);
      last.length += gap + 1;
    }
    counts.push(counted[i]!);
    next = index + 1;
  }
  return { spans, counts };
}
