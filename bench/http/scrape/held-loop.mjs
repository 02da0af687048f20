// How long each turn of the event loop takes, looked at in every turn.
import { openSync, readSync } from 'node:fs';

/** Shorter turns are the watching's own. */
const leastMs = 0.05;

export class HeldLoop {
  #holds = [];
  #lastMs = 0;
  #immediate;
  #waitedNs = new WaitedForCore();

  start() {
    this.#holds = [];
    this.#waitedNs.since();
    this.#lastMs = performance.now();
    this.#next();
  }

  /** Lengths in ms, without what the thread waited for a core. */
  stop() {
    clearImmediate(this.#immediate);
    return this.#holds;
  }

  #next() {
    this.#immediate = setImmediate(() => {
      const heldMs = performance.now() - this.#lastMs;
      const waitedMs = this.#waitedNs.since() / 1e6;
      if (heldMs >= leastMs) this.#holds.push(Math.max(0, heldMs - waitedMs));
      this.#lastMs = performance.now();
      this.#next();
    });
  }
}

/** The second number of schedstat, in ns; always 0 where there is no such file. */
class WaitedForCore {
  #file;
  #scratch = Buffer.alloc(80);
  #last = 0;

  constructor() {
    try {
      // Of the process it is the main thread's.
      this.#file = openSync('/proc/self/schedstat', 'r');
    } catch {
      this.#file = undefined;
    }
  }

  since() {
    if (this.#file === undefined) return 0;
    const length = readSync(this.#file, this.#scratch, 0, this.#scratch.length, 0);
    const waited = Number(this.#scratch.toString('latin1', 0, length).split(' ')[1]);
    const since = waited - this.#last;
    this.#last = waited;
    return since;
  }
}
