// What exporters served and what a receiver got, sample by sample: the value of a sample says which
// scrape of its target and which series of that scrape it is.

export const seriesPerValue = 4096;

/** What the exporters' own log says. */
export class Served {
  /** Target → scrape → when it was asked for and its body had gone out. */
  #scrapes = new Map();
  count = 0;

  ended(target, scrape, startedMs, endedMs) {
    let scrapes = this.#scrapes.get(target);
    if (scrapes === undefined) {
      scrapes = new Map();
      this.#scrapes.set(target, scrapes);
    }
    scrapes.set(scrape, { startedMs, endedMs });
    this.count++;
  }

  *[Symbol.iterator]() {
    for (const [target, scrapes] of this.#scrapes) {
      for (const [scrape, times] of scrapes) yield { target, scrape, ...times };
    }
  }
}

/** A sink for the decoder of bench/scrape: which samples came, how often, and in which order. */
export class Received {
  samples = 0;
  repeated = 0;
  /** Samples that came for the first time after a later one of their series. */
  outOfOrder = 0;
  newestMs = 0;
  #series;
  /** `target:scrape` → how often each series came. @type {Map<string, Uint8Array>} */
  #counts = new Map();
  /** Target → time of the newest sample of each series. @type {Map<number, Float64Array>} */
  #newest = new Map();
  /** Target → times of its `up 0`. @type {Map<number, number[]>} */
  #failures = new Map();
  #words = new Uint32Array(2);
  #value = new Float64Array(this.#words.buffer);

  constructor(series) {
    this.#series = series;
  }

  sample(labels, low, high, timestampMs) {
    if (labels.target < 0) return;
    this.#words[0] = low;
    this.#words[1] = high;
    const value = this.#value[0];
    if (labels.isUp && value === 0) this.#failed(labels.target, timestampMs);
    if (labels.isSynthetic) return;
    // A stale marker.
    if (Number.isNaN(value)) return;
    const scrape = Math.floor(value / seriesPerValue);
    const series = value % seriesPerValue;
    const key = `${labels.target}:${scrape}`;
    let counts = this.#counts.get(key);
    if (counts === undefined) {
      counts = new Uint8Array(this.#series);
      this.#counts.set(key, counts);
    }
    const isRepeated = counts[series]++ > 0;
    this.samples++;
    if (isRepeated) this.repeated++;
    this.#order(labels.target, series, timestampMs, isRepeated);
  }

  #order(target, series, timestampMs, isRepeated) {
    let newest = this.#newest.get(target);
    if (newest === undefined) {
      newest = new Float64Array(this.#series);
      this.#newest.set(target, newest);
    }
    if (timestampMs < newest[series] && !isRepeated) this.outOfOrder++;
    newest[series] = Math.max(newest[series], timestampMs);
    this.newestMs = Math.max(this.newestMs, timestampMs);
  }

  #failed(target, timestampMs) {
    const times = this.#failures.get(target) ?? [];
    times.push(timestampMs);
    this.#failures.set(target, times);
  }

  /** The agent said `up 0` of a scrape whose body had gone out then: it came too late for it. */
  hasFailed(target, endedMs, timeoutMs) {
    const times = this.#failures.get(target) ?? [];
    return times.some((time) => time <= endedMs && endedMs - time <= 2 * timeoutMs);
  }

  /** Samples of a scrape that did not come. */
  missing(target, scrape) {
    const counts = this.#counts.get(`${target}:${scrape}`);
    if (counts === undefined) return this.#series;
    return counts.reduce((sum, count) => sum + (count === 0 ? 1 : 0), 0);
  }
}
