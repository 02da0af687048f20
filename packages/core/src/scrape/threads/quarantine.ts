import type { Clock, ClockTimer } from '../../clock.js';
import type { TargetRefusal } from '../target-refusal.js';

/** Threads a target may kill within this time. */
const mostDeaths = 1;
const memoryMs = 60 * 60_000;
const firstPauseMs = 10 * 60_000;
const longestPauseMs = 24 * 60 * 60_000;

interface Suspect {
  deaths: number;
  pauseMs: number;
  isHeld: boolean;
  timer: ClockTimer;
}

/**
 * Targets that kill the thread that reads them. A second death within an hour puts a target in
 * quarantine for ten minutes; it is tried again then, and each further death doubles the time, up to
 * a day. An hour without one, and all is forgotten.
 */
export class Quarantine {
  readonly #clock: Clock;
  readonly #onFreed: (targetId: string) => void;
  readonly #suspects = new Map<string, Suspect>();

  constructor(clock: Clock, onFreed: (targetId: string) => void) {
    this.#clock = clock;
    this.#onFreed = onFreed;
  }

  /** Targets in quarantine now. */
  get size(): number {
    let size = 0;
    for (const { isHeld } of this.#suspects.values()) if (isHeld) size++;
    return size;
  }

  held(): string[] {
    return [...this.#suspects].filter(([, { isHeld }]) => isHeld).map(([targetId]) => targetId);
  }

  /** A thread died of this target; true when it is in quarantine from now on. */
  died(targetId: string): boolean {
    const before = this.#suspects.get(targetId);
    before?.timer.cancel();
    const deaths = (before?.deaths ?? 0) + 1;
    const pauseMs = before?.pauseMs ?? firstPauseMs;
    const isHeld = deaths > mostDeaths;
    const suspect = { deaths, pauseMs, isHeld, timer: this.#forgetLater(targetId) };
    this.#suspects.set(targetId, suspect);
    if (!isHeld) return false;
    suspect.timer.cancel();
    suspect.timer = this.#clock.setTimer(pauseMs, () => {
      suspect.isHeld = false;
      suspect.pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      suspect.timer = this.#forgetLater(targetId);
      this.#onFreed(targetId);
    });
    return true;
  }

  refusalOf(targetId: string): TargetRefusal | undefined {
    const suspect = this.#suspects.get(targetId);
    if (!suspect?.isHeld) return undefined;
    const { deaths, pauseMs } = suspect;
    return {
      reason: 'quarantined',
      message:
        `${deaths} scrape threads died while they read this target's body; it is tried again ` +
        `${pauseMs / 60_000} minutes after the last. To lift this at once change its job (such as ` +
        'body_size_limit or sample_limit) or restart; raise agent.thread_memory if the body is meant ' +
        'to be that large',
    };
  }

  /** The target changed or is gone. */
  lift(targetId: string): void {
    this.#suspects.get(targetId)?.timer.cancel();
    this.#suspects.delete(targetId);
  }

  close(): void {
    for (const { timer } of this.#suspects.values()) timer.cancel();
    this.#suspects.clear();
  }

  #forgetLater(targetId: string): ClockTimer {
    return this.#clock.setTimer(memoryMs, () => this.#suspects.delete(targetId));
  }
}
