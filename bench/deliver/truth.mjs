// What exporters served and what a receiver got, sample by sample: the value of a sample says which
// scrape of its target and which series of that scrape it is.

const seriesPerValue = 4096;

export function sampleValue(scrape, series) {
  return scrape * seriesPerValue + series;
}

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
  #series;
  /** Samples up to this time are those of the backlog. */
  backlogUntilMs = 0;
  backlogSamples = 0;
  /** Target → scrape → how often each series came. @type {Map<number, Map<number, Uint8Array>>} */
  #counts = new Map();
  // Of the last sample: most come after one of the same scrape.
  #lastTarget = -1;
  #lastScrape = -1;
  #lastCounts = new Uint8Array(0);
  /** Target → time of the newest sample of each series. @type {Map<number, Float64Array>} */
  #newest = new Map();
  /** Time of the newest sample of each target. @type {number[]} */
  #newestOfTarget = [];
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
    const isRepeated = this.#countsOf(labels.target, scrape)[series]++ > 0;
    this.samples++;
    if (isRepeated) this.repeated++;
    else if (timestampMs <= this.backlogUntilMs) this.backlogSamples++;
    this.#order(labels.target, series, timestampMs, isRepeated);
  }

  #countsOf(target, scrape) {
    if (target === this.#lastTarget && scrape === this.#lastScrape) return this.#lastCounts;
    let scrapes = this.#counts.get(target);
    if (scrapes === undefined) {
      scrapes = new Map();
      this.#counts.set(target, scrapes);
    }
    let counts = scrapes.get(scrape);
    if (counts === undefined) {
      counts = new Uint8Array(this.#series);
      scrapes.set(scrape, counts);
    }
    this.#lastTarget = target;
    this.#lastScrape = scrape;
    this.#lastCounts = counts;
    return counts;
  }

  #order(target, series, timestampMs, isRepeated) {
    let newest = this.#newest.get(target);
    if (newest === undefined) {
      newest = new Float64Array(this.#series);
      this.#newest.set(target, newest);
    }
    if (timestampMs < newest[series] && !isRepeated) this.outOfOrder++;
    newest[series] = Math.max(newest[series], timestampMs);
    this.#newestOfTarget[target] = Math.max(this.#newestOfTarget[target] ?? 0, timestampMs);
  }

  /** How old the newest sample is of the target whose newest is the oldest. */
  stalenessMs(targets, nowMs) {
    let oldestMs = nowMs;
    for (let target = 0; target < targets; target++) {
      oldestMs = Math.min(oldestMs, this.#newestOfTarget[target] ?? 0);
    }
    return nowMs - oldestMs;
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
    const counts = this.#counts.get(target)?.get(scrape);
    if (counts === undefined) return this.#series;
    return counts.reduce((sum, count) => sum + (count === 0 ? 1 : 0), 0);
  }
}
