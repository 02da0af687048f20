/**
 * When each target was asked, to be held against its grid: a tick is served when a request came within
 * a tenth of the interval after it, which is how late Prometheus lets one be before it counts as late.
 */
export class TickLog {
  #intervalMs;
  /** Target → times of its requests, as they came. @type {number[][]} */
  #times;

  constructor(targets, intervalMs) {
    this.#intervalMs = intervalMs;
    this.#times = Array.from({ length: targets }, () => []);
  }

  asked(target) {
    this.#times[target].push(Date.now());
  }

  /**
   * Each target's grid is the one its requests agree on best: every one of them comes at its tick or
   * later, so the earliest of them within the interval is the phase.
   */
  stats(from, to) {
    const found = {
      ticks: 0,
      served: 0,
      missed: 0,
      doubled: 0,
      late: 0,
      latestMs: 0,
      neverAsked: 0,
    };
    for (const all of this.#times) this.#add(all, from, to, found);
    return found;
  }

  #add(all, from, to, found) {
    const intervalMs = this.#intervalMs;
    if (all.length === 0) found.neverAsked++;
    const phaseMs = phaseOf(all, intervalMs);
    const first = Math.ceil((from - phaseMs) / intervalMs) * intervalMs + phaseMs;
    for (let tickMs = first; tickMs + intervalMs <= to; tickMs += intervalMs) {
      const requests = all.filter((time) => time >= tickMs && time < tickMs + intervalMs);
      found.ticks++;
      if (requests.length === 0) {
        found.missed++;
        continue;
      }
      found.served++;
      found.doubled += requests.length - 1;
      const lateMs = requests[0] - tickMs;
      found.latestMs = Math.max(found.latestMs, lateMs);
      if (lateMs > intervalMs / 10) found.late++;
    }
  }
}

/** Of times that lie within a part of a circle: where that part begins. */
function phaseOf(times, intervalMs) {
  const phases = times.map((time) => time % intervalMs).sort((a, b) => a - b);
  let widest = -1;
  let start = 0;
  for (const [i, phase] of phases.entries()) {
    const before = i === 0 ? phases.at(-1) - intervalMs : phases[i - 1];
    if (phase - before > widest) {
      widest = phase - before;
      start = phase;
    }
  }
  return start;
}
