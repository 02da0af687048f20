const nothing = new Float64Array(0);

/**
 * The last sample with a time of its own, by series: what a storage refuses later is refused here,
 * for with remote write 1.0 one such sample costs its whole request (prometheus tsdb/head_append.go
 * appendable). A sample at the time of the scrape is late only behind one that was ahead. Holds
 * nothing until a body has times.
 */
export class OwnTimes {
  #timesMs = nothing;
  #values = nothing;

  get memoryBytes(): number {
    return this.#timesMs.byteLength + this.#values.byteLength;
  }

  /** Why the sample cannot follow the last one of its series; undefined when it can. */
  refusal(
    ref: number,
    timestampMs: number,
    value: number,
  ): 'out_of_order' | 'duplicate_timestamp' | undefined {
    if (ref >= this.#timesMs.length) return undefined;
    const last = this.#timesMs[ref]!;
    if (timestampMs < last) return 'out_of_order';
    if (timestampMs !== last || Object.is(value, this.#values[ref]!)) return undefined;
    return 'duplicate_timestamp';
  }

  /** True when the series has a sample at or after the time. */
  reaches(ref: number, timestampMs: number): boolean {
    return ref < this.#timesMs.length && this.#timesMs[ref]! >= timestampMs;
  }

  /** The last sample with a time of its own; undefined when the series has none. */
  lastOf(ref: number): { timestampMs: number; value: number } | undefined {
    const timestampMs = ref < this.#timesMs.length ? this.#timesMs[ref]! : Number.NEGATIVE_INFINITY;
    return timestampMs === Number.NEGATIVE_INFINITY
      ? undefined
      : { timestampMs, value: this.#values[ref]! };
  }

  /** Notes what another thread saw last. */
  restore(ref: number, timestampMs: number, value: number): void {
    if (ref >= this.#timesMs.length) this.#grow(ref + 1);
    this.#timesMs[ref] = timestampMs;
    this.#values[ref] = value;
  }

  /** Notes the samples of a good scrape; a series may come more than once. */
  note(refs: Int32Array, values: Float64Array, timestampsMs: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const timestampMs = timestampsMs[i]!;
      if (Number.isNaN(timestampMs)) continue;
      const ref = refs[i]!;
      if (ref >= this.#timesMs.length) this.#grow(ref + 1);
      if (timestampMs < this.#timesMs[ref]!) continue;
      this.#timesMs[ref] = timestampMs;
      this.#values[ref] = values[i]!;
    }
  }

  /** The ref will stand for another series. */
  forget(ref: number): void {
    if (ref < this.#timesMs.length) this.#timesMs[ref] = Number.NEGATIVE_INFINITY;
  }

  #grow(needed: number): void {
    const length = Math.ceil(needed * 1.25);
    const times = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
    times.set(this.#timesMs);
    this.#timesMs = times;
    const values = new Float64Array(length);
    values.set(this.#values);
    this.#values = values;
  }
}
