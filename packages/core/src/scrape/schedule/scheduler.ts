import type { Clock, ClockTimer } from '../../clock.js';
import { nextTickMs } from '../../targets/target-phase.js';
import { type TickEntry, TickHeap } from './tick-heap.js';

/** A late timer still counts as its tick up to this share of the interval; beyond, it has its own time. */
const snapShare = 0.1;
/** Ticks in one turn of the thread's loop: each starts a request, at some 0.1 ms. */
const ticksPerTurn = 64;
/** The wall clock against the monotonic one: NTP slews far less between two ticks. */
const clockJumpMs = 50;
/** A jump is found out this soon, however far the next tick is. */
const longestSleepMs = 1000;
/**
 * Ticks wait for each other, up to this share of the shortest interval and this long: a thread that
 * wakes for one scrape finds its code and tables out of the caches, one that wakes for several only
 * once. A quarter of the thread's time at 100 scrapes a second (docs/decisions/0020, 0034). Each is stamped
 * with its own time all the same.
 */
const groupedShare = 1 / 20;
const longestGroupMs = 50;
/** A clock that was set back by more is believed: what was stamped before lay in the future. */
const longestSetBackMs = 10 * 60_000;
const never = Number.NEGATIVE_INFINITY;

/** What the scheduler calls: never twice at a time, never again after `remove`. */
export interface ScheduledTarget {
  readonly intervalMs: number;
  readonly phaseMs: number;
  /**
   * Starts the work of a tick; `timestampMs` is the grid's time, unless the tick came too late or the
   * clock was set back. Always later than the one before, but after a clock was set back far.
   */
  tick(timestampMs: number): void;
  /** True while the last tick's work goes on: the next is skipped, as a Prometheus loop does. */
  readonly busy: boolean;
}

/**
 * One timer for all targets of a thread. A target ticks where Unix time ≡ phase (mod interval), so
 * the grid does not depend on when or where it was started. Ticks that were missed are not made up.
 * What a jump of the wall clock does: docs/decisions, "A clock that jumps".
 */
export class Scheduler {
  readonly #clock: Clock;
  readonly #onSkip: (ticks: number) => void;
  readonly #heap = new TickHeap();
  readonly #entries = new Map<ScheduledTarget, TickEntry>();
  #timer: ClockTimer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  /** Of the targets so far: what wakes late must not be late for the most frequent one. */
  #shortestIntervalMs = Number.POSITIVE_INFINITY;
  /** Wall clock minus monotonic clock when last looked at. */
  #offsetMs: number;

  constructor(clock: Clock, onSkip: (ticks: number) => void) {
    this.#clock = clock;
    this.#onSkip = onSkip;
    this.#offsetMs = clock.nowMs() - clock.monotonicMs();
  }

  /** `stampMs`: what the target's last tick elsewhere was stamped with, which is not done again. */
  add(target: ScheduledTarget, stampMs: number = never): void {
    const nowMs = this.#clock.nowMs();
    this.#followClock(nowMs);
    const { intervalMs, phaseMs } = target;
    const entry = { target, intervalMs, phaseMs, tickMs: 0, stampMs };
    entry.tickMs = nextTickAfter(entry, nowMs);
    this.#entries.set(target, entry);
    this.#shortestIntervalMs = Math.min(this.#shortestIntervalMs, intervalMs);
    this.#heap.push(entry);
    this.#arm();
  }

  remove(target: ScheduledTarget): void {
    const entry = this.#entries.get(target);
    if (entry === undefined) return;
    this.#entries.delete(target);
    // A table of thousands is not searched: the entry is dropped when it is due.
    entry.target = undefined;
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#heap.clear();
    this.#entries.clear();
  }

  #arm(): void {
    const { first } = this.#heap;
    if (first === undefined) return;
    const wakeAtMs = this.#wakeMs(first.tickMs);
    if (this.#timer !== undefined && this.#timerAtMs <= wakeAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = wakeAtMs;
    const sleepMs = Math.min(wakeAtMs - this.#clock.nowMs(), longestSleepMs);
    this.#timer = this.#clock.setTimer(sleepMs, () => {
      this.#timer = undefined;
      this.#runDue();
      this.#arm();
    });
  }

  /** The end of the tick's group. */
  #wakeMs(tickMs: number): number {
    const groupMs = Math.min(longestGroupMs, Math.floor(this.#shortestIntervalMs * groupedShare));
    return groupMs < 2 ? tickMs : Math.ceil(tickMs / groupMs) * groupMs;
  }

  #runDue(): void {
    const nowMs = this.#clock.nowMs();
    this.#followClock(nowMs);
    for (let ticks = 0; ticks < ticksPerTurn; ) {
      const { first } = this.#heap;
      // setTimeout may fire up to a millisecond early.
      if (first === undefined || first.tickMs > nowMs + 1) return;
      if (first.target === undefined) {
        this.#heap.removeFirst();
        continue;
      }
      const { tickMs } = first;
      first.tickMs = nextTickMs(Math.max(nowMs, tickMs), first.intervalMs, first.phaseMs);
      this.#heap.firstMoved();
      this.#countMissed(first, tickMs);
      this.#runTick(first, first.target, tickMs, nowMs);
      ticks++;
    }
  }

  #runTick(entry: TickEntry, target: ScheduledTarget, tickMs: number, nowMs: number): void {
    if (target.busy) {
      this.#onSkip(1);
      return;
    }
    // That it waited for its group makes no tick late.
    const isOnGrid = nowMs - this.#wakeMs(tickMs) <= entry.intervalMs * snapShare;
    const timestampMs = isOnGrid ? tickMs : nowMs;
    const isSetBack = timestampMs <= entry.stampMs;
    entry.stampMs = isSetBack && isSetBackLittle(entry, nowMs) ? entry.stampMs + 1 : timestampMs;
    target.tick(entry.stampMs);
  }

  #countMissed(entry: TickEntry, tickMs: number): void {
    const missed = Math.round((entry.tickMs - tickMs) / entry.intervalMs) - 1;
    if (missed > 0) this.#onSkip(missed);
  }

  /** After a jump of the wall clock every target goes on at the next tick of the grid; then arm. */
  #followClock(nowMs: number): void {
    const offsetMs = nowMs - this.#clock.monotonicMs();
    const jumpMs = offsetMs - this.#offsetMs;
    this.#offsetMs = offsetMs;
    if (Math.abs(jumpMs) < clockJumpMs) return;
    this.#heap.rebuild((entry) => this.#resetTick(entry, nowMs, jumpMs));
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #resetTick(entry: TickEntry, nowMs: number, jumpMs: number): void {
    const { tickMs, intervalMs } = entry;
    const isDue = jumpMs > 0 && tickMs <= nowMs - jumpMs + 1;
    const isJustLate = tickMs <= nowMs && nowMs - tickMs <= intervalMs * snapShare;
    // Of the others a sleeping machine's thousands would otherwise be due at once.
    if (isDue || isJustLate) return;
    entry.tickMs = nextTickAfter(entry, nowMs);
    this.#countMissed(entry, tickMs - intervalMs);
  }
}

/** The next tick, but not one that was run already, when that lies only a little ahead again. */
function nextTickAfter(entry: TickEntry, nowMs: number): number {
  const { intervalMs, phaseMs, stampMs } = entry;
  const tickMs = nextTickMs(nowMs, intervalMs, phaseMs);
  const isAgain = tickMs <= stampMs && stampMs - nowMs <= intervalMs * snapShare;
  return isAgain ? tickMs + intervalMs : tickMs;
}

function isSetBackLittle(entry: TickEntry, nowMs: number): boolean {
  return entry.stampMs - nowMs <= longestSetBackMs;
}
