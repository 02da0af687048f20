const staleLow = 0x00000002;
const staleHigh = 0x7ff00000;
const normalNanLow = 0x00000001;
const normalNanHigh = 0x7ff80000;

/** What one agent has delivered. */
export class Deliveries {
  #requests = 0;
  #wireBytes = 0;
  #rawBytes = 0;
  /** Requests that were not taken, by reason. */
  #refused = {};
  /** Second → samples the targets served (not synthetic, not stale). @type {Map<number, number>} */
  #samplesBySecond = new Map();
  #second = 0;
  #inSecond = 0;
  /** Target → times of its `up`, as they came. @type {Map<number, number[]>} */
  #upTimes = new Map();
  #upNotOne = 0;
  #synthetic = 0;
  #staleMarkers = 0;
  /** NaN with other bits than the two that Prometheus writes. */
  #oddNans = 0;
  #unknownTarget = 0;
  #malformedLabels = 0;
  #unsortedLabels = 0;
  /** All there was in requests, synthetic series and stale markers included. */
  #allSamples = 0;

  /** Decodes a request; returns the samples in it. */
  take(body, version, decode) {
    const before = this.#allSamples;
    this.#rawBytes += decode(body, version, this);
    this.#requests++;
    this.#wireBytes += body.length;
    return this.#allSamples - before;
  }

  refuse(reason) {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
  }

  sample(labels, low, high, timestampMs) {
    this.#allSamples++;
    if (!labels.isWellFormed) this.#malformedLabels++;
    if (!labels.isSorted) this.#unsortedLabels++;
    if (labels.target < 0) this.#unknownTarget++;
    else if (this.#isStale(low, high)) this.#staleMarkers++;
    else if (labels.isUp) this.#up(labels.target, low, high, timestampMs);
    else if (labels.isSynthetic) this.#synthetic++;
    else this.#count(Math.floor(timestampMs / 1000));
  }

  // The high word of +Inf is 0x7ff00000 as well, with a low word of 0.
  #isStale(low, high) {
    if ((high & 0x7fffffff) < 0x7ff00000 || (low === 0 && (high & 0xfffff) === 0)) return false;
    if (low === staleLow && high === staleHigh) return true;
    if (low !== normalNanLow || high !== normalNanHigh) this.#oddNans++;
    return false;
  }

  #up(target, low, high, timestampMs) {
    // 1 is 0x3ff0000000000000.
    if (low !== 0 || high !== 0x3ff00000) this.#upNotOne++;
    const times = this.#upTimes.get(target);
    if (times === undefined) this.#upTimes.set(target, [timestampMs]);
    else times.push(timestampMs);
  }

  // Samples of one scrape come together: the map is touched once per scrape.
  #count(second) {
    if (second !== this.#second) this.#keepSecond(second);
    this.#inSecond++;
  }

  #keepSecond(next) {
    const before = this.#samplesBySecond.get(this.#second) ?? 0;
    this.#samplesBySecond.set(this.#second, before + this.#inSecond);
    this.#second = next;
    this.#inSecond = 0;
  }

  stats(from, to, intervalMs) {
    this.#keepSecond(0);
    let samples = 0;
    for (const [second, count] of this.#samplesBySecond) {
      if (second * 1000 >= from && second * 1000 < to) samples += count;
    }
    return {
      samples,
      ...this.#ticks(from, to, intervalMs),
      allSamples: this.#allSamples,
      upNotOne: this.#upNotOne,
      synthetic: this.#synthetic,
      staleMarkers: this.#staleMarkers,
      oddNans: this.#oddNans,
      unknownTarget: this.#unknownTarget,
      malformedLabels: this.#malformedLabels,
      unsortedLabels: this.#unsortedLabels,
      requests: this.#requests,
      wireBytes: this.#wireBytes,
      rawBytes: this.#rawBytes,
      refused: this.#refused,
    };
  }

  /** How each target's `up` compares with its ticks of the time. */
  #ticks(from, to, intervalMs) {
    const total = { targets: this.#upTimes.size, ups: 0, ticksMissed: 0, ticksDoubled: 0 };
    /** Some of the places where ticks are missing, for the reader of the results. */
    const gaps = [];
    const missed = (ticks, gap) => {
      total.ticksMissed += ticks;
      gaps.push(gap);
    };
    for (const [target, times] of this.#upTimes) {
      times.sort((a, b) => a - b);
      const inside = times.filter((time) => time >= from && time < to);
      let previous = times.findLast((time) => time < from) ?? from - intervalMs;
      for (const time of inside) {
        const step = (time - previous) / intervalMs;
        if (step < 0.5) total.ticksDoubled++;
        else if (step > 1.5)
          missed(Math.round(step) - 1, { target, after: previous, before: time });
        previous = time;
      }
      // A tenth of an interval for timestamps that are not on a grid.
      const rest = Math.floor((to - previous) / intervalMs - 0.1);
      if (rest > 0) missed(rest, { target, after: previous });
      total.ups += inside.length;
    }
    return { ...total, gaps: gaps.slice(0, 20) };
  }
}
