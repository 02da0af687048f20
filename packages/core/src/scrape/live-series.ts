/**
 * Which series the last scrape of a target had, so that the ones missing in the next get a stale
 * marker. A series is live from the scrape that had it to the one that had it not.
 */
export class LiveSeries {
  #refs = new Int32Array(0);
  #count = 0;
  /** Of them, in front, the ones that are no histograms. */
  #plainCount = 0;
  /** By ref: number of the last scrape that had it. */
  #seenIn = new Uint32Array(64);
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

  beginScrape(refCount: number): void {
    this.#scrape++;
    this.#growSeen(refCount);
  }

  /** False when this scrape had the series already. */
  see(ref: number): boolean {
    if (ref >= this.#seenIn.length) this.#growSeen(ref + 1);
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
    if (this.#refs.length < count) this.#refs = new Int32Array(Math.ceil(count * 1.05));
    this.#count = 0;
    this.#append(refs, count, timestampsMs);
    this.#plainCount = this.#count;
  }

  /** The same for its histograms, after {@link replace}. */
  addHistograms(refs: Int32Array, count: number, timestampsMs: Float64Array | undefined): void {
    const needed = this.#count + count;
    if (this.#refs.length < needed) {
      const grown = new Int32Array(Math.ceil(needed * 1.05));
      grown.set(this.#refs);
      this.#refs = grown;
    }
    this.#append(refs, count, timestampsMs);
  }

  clear(): void {
    this.#count = 0;
    this.#plainCount = 0;
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
    if (length <= this.#seenIn.length) return;
    const grown = new Uint32Array(Math.ceil(length * 1.25));
    grown.set(this.#seenIn);
    this.#seenIn = grown;
  }
}
