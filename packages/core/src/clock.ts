/** A pending {@link Clock.setTimer}; `cancel` is idempotent. */
export interface ClockTimer {
  cancel(): void;
}

/**
 * Where time comes from. Injected everywhere, so that tests of intervals, leases and back-offs run
 * without sleeping. Timers never keep the process alive.
 */
export interface Clock {
  /** Wall clock, Unix epoch, ms (may jump). */
  nowMs(): number;
  /** Never goes back; ms from an arbitrary origin, with fractions. */
  monotonicMs(): number;
  /** Calls `run` once, `delayMs` from now on the monotonic clock; a delay ≤ 0 is the next turn. */
  setTimer(delayMs: number, run: () => void): ClockTimer;
}

// setTimeout takes a signed 32-bit delay; a longer one would fire at once.
const longestDelayMs = 0x7fffffff;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), longestDelayMs));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Resolves with the promise or, at the latest, when the time is over. */
export async function withinMs(
  clock: Clock,
  ms: number,
  promise: Promise<void> | undefined,
): Promise<void> {
  let timer: ClockTimer | undefined;
  const over = new Promise<void>((resolve) => {
    timer = clock.setTimer(ms, resolve);
  });
  await Promise.race([promise, over]);
  timer?.cancel();
}
