import type { Clock, ClockTimer } from '../clock.js';
import { nextTickMs } from '../targets/target-phase.js';

/** A late timer still counts as its tick up to this share of the interval; beyond, as its own time. */
const snapShare = 0.1;

/** What the scheduler calls: never twice at a time, never again after `remove`. */
export interface ScheduledTarget {
  readonly intervalMs: number;
  readonly phaseMs: number;
  /** Starts the work of a tick; `timestampMs` is the grid's time, unless the tick came too late. */
  tick(timestampMs: number): void;
  /** True while the last tick's work goes on: the next is skipped, as a Prometheus loop does. */
  readonly busy: boolean;
}

interface Entry {
  readonly target: ScheduledTarget;
  tickMs: number;
}

/**
 * One timer for all targets of a thread. A target ticks where Unix time ≡ phase (mod interval), so
 * the grid does not depend on when or where it was started. Ticks that were missed are not made up.
 */
export class Scheduler {
  readonly #clock: Clock;
  readonly #onSkip: (ticks: number) => void;
  /** Binary heap, earliest tick first. */
  readonly #heap: Entry[] = [];
  readonly #removed = new WeakSet<ScheduledTarget>();
  #timer: ClockTimer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, onSkip: (ticks: number) => void) {
    this.#clock = clock;
    this.#onSkip = onSkip;
  }

  add(target: ScheduledTarget): void {
    this.#push({
      target,
      tickMs: nextTickMs(this.#clock.nowMs(), target.intervalMs, target.phaseMs),
    });
    this.#arm();
  }

  remove(target: ScheduledTarget): void {
    this.#removed.add(target);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#heap.length = 0;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || (this.#timer !== undefined && this.#timerAtMs <= first.tickMs))
      return;
    this.#timer?.cancel();
    this.#timerAtMs = first.tickMs;
    this.#timer = this.#clock.setTimer(first.tickMs - this.#clock.nowMs(), () => {
      this.#timer = undefined;
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#runDue();
      this.#arm();
    });
  }

  #runDue(): void {
    const nowMs = this.#clock.nowMs();
    this.#rebaseAfterClockSetBack(nowMs);
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      // setTimeout may fire up to a millisecond early.
      if (first.tickMs > nowMs + 1) return;
      if (this.#removed.has(first.target)) {
        this.#pop();
        continue;
      }
      this.#runTick(first, nowMs);
      this.#sink(0);
    }
  }

  /** Without this a wall clock set back by an hour would stop all scraping for that hour. */
  #rebaseAfterClockSetBack(nowMs: number): void {
    const first = this.#heap[0];
    if (first === undefined || first.tickMs - nowMs <= first.target.intervalMs) return;
    const entries = this.#heap.splice(0);
    for (const { target } of entries)
      this.#push({ target, tickMs: nextTickMs(nowMs, target.intervalMs, target.phaseMs) });
  }

  #runTick(entry: Entry, nowMs: number): void {
    const { target, tickMs } = entry;
    const late = nowMs - tickMs;
    entry.tickMs = nextTickMs(Math.max(nowMs, tickMs), target.intervalMs, target.phaseMs);
    const missed = Math.round((entry.tickMs - tickMs) / target.intervalMs) - 1;
    if (missed > 0) this.#onSkip(missed);
    if (target.busy) this.#onSkip(1);
    else target.tick(late <= target.intervalMs * snapShare ? tickMs : nowMs);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.tickMs <= entry.tickMs) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #sink(start: number): void {
    const heap = this.#heap;
    const entry = heap[start]!;
    let at = start;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.tickMs < heap[child]!.tickMs) child++;
      if (heap[child]!.tickMs >= entry.tickMs) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = entry;
  }
}
