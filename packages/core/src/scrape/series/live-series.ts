import { recentLists } from '../../exposition/recent-lists.js';

const noRefs = new Int32Array(0);
const neverSeen = new Uint32Array(0);

/**
 * Which series the last scrape of a target had, so that the ones missing in the next get a stale
 * marker. A series is live from the scrape that had it to the one that had it not.
 */
export class LiveSeries {
  #refs = noRefs;
  /** Other targets hold the list, too. */
  #isShared = true;
  #count = 0;
  /** Of them, in front, the ones that are no histograms. */
  #plainCount = 0;
  /** By ref: number of the last scrape that had it. */
  #seenIn = neverSeen;
  #scrape = 0;

  get memoryBytes(): number {
    return this.#refs.byteLength + this.#seenIn.byteLength;
  }

  get count(): number {
    return this.#count;
  }

  /** The live series, in the order of the last scrape: a view. */
  get refs(): Int32Array {
    return this.#refs.subarray(0, this.#count);
  }

  /** @param refBound highest ref + 1 that is to be expected */
  beginScrape(refBound: number): void {
    this.#scrape++;
    if (refBound > this.#seenIn.length) this.#growSeen(Math.ceil(refBound * 1.05));
  }

  /** False when this scrape had the series already. */
  see(ref: number): boolean {
    if (ref >= this.#seenIn.length) this.#growSeen(Math.ceil((ref + 1) * 1.25));
    if (this.#seenIn[ref] === this.#scrape) return false;
    this.#seenIn[ref] = this.#scrape;
    return true;
  }

  /** Calls back once with every live series this scrape had not, of those from one place to another. */
  forEachMissing(from: number, to: number, missing: (ref: number) => void): void {
    const end = Math.min(to, this.#count);
    for (let i = from; i < end; i++) {
      const ref = this.#refs[i]!;
      if (this.see(ref)) missing(ref);
    }
  }

  /** True when the given series, in their order, are the live ones but for the histograms. */
  equals(refs: Int32Array, count: number): boolean {
    if (count !== this.#plainCount) return false;
    for (let i = 0; i < count; i++) if (this.#refs[i] !== refs[i]) return false;
    return true;
  }

  /** The series of a scrape become the live ones; those that have a time of their own do not. */
  replace(refs: Int32Array, count: number, timestampsMs: Float64Array | undefined): void {
    if (timestampsMs === undefined) {
      if (!this.equals(refs, count)) {
        this.#refs = recentLists.shared(refs, count);
        this.#isShared = true;
      }
      this.#count = count;
    } else {
      this.#count = 0;
      this.#fit(count);
      this.#append(refs, count, timestampsMs);
    }
    this.#plainCount = this.#count;
  }

  /** The same for its histograms, after {@link replace}. */
  addHistograms(refs: Int32Array, count: number, timestampsMs: Float64Array | undefined): void {
    this.#fit(this.#count + count);
    this.#append(refs, count, timestampsMs);
  }

  clear(): void {
    this.#count = 0;
    this.#plainCount = 0;
  }

  /** Room for so many in a list of its own. */
  #fit(count: number): void {
    if (!this.#isShared && this.#refs.length >= count) return;
    const own = new Int32Array(Math.ceil(count * 1.05));
    own.set(this.#refs.subarray(0, this.#count));
    this.#refs = own;
    this.#isShared = false;
  }

  #append(refs: Int32Array, count: number, timestampsMs: Float64Array | undefined): void {
    if (timestampsMs === undefined) {
      this.#refs.set(refs.subarray(0, count), this.#count);
      this.#count += count;
      return;
    }
    for (let i = 0; i < count; i++) {
      if (Number.isNaN(timestampsMs[i]!)) this.#refs[this.#count++] = refs[i]!;
    }
  }

  #growSeen(length: number): void {
    const grown = new Uint32Array(length);
    grown.set(this.#seenIn);
    this.#seenIn = grown;
  }
}
