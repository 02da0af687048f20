import type { Clock } from '@prom-agent/core/push-client';

export interface GridOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Where in the interval, counted from the epoch. */
  readonly phaseMs: number;
  /** Ends the walk; a run that is under way is waited for. */
  readonly signal: AbortSignal;
  /** Told of slots that passed while the run before them was not done. */
  readonly onMissed: (slots: number) => void;
}

/**
 * Calls `run` at each slot of the grid, one at a time: a slot that comes while a run is under way is
 * missed, and the next run waits for the slot after that. Resolves when the signal is aborted.
 */
export async function runOnGrid(options: GridOptions, run: () => Promise<void>): Promise<void> {
  const { clock, intervalMs, signal, onMissed } = options;
  let slotMs = nextSlotMs(clock.nowMs(), options);
  for (;;) {
    await waitUntil(slotMs, clock, signal);
    if (signal.aborted) return;
    await run();
    const nowMs = clock.nowMs();
    // A timer may be early by a millisecond, and the clock may be set back.
    const isSetBack = slotMs - nowMs > intervalMs;
    const nextMs = nextSlotMs(isSetBack ? nowMs : Math.max(nowMs, slotMs), options);
    const missed = isSetBack ? 0 : Math.round((nextMs - slotMs) / intervalMs) - 1;
    if (missed > 0 && !signal.aborted) onMissed(missed);
    slotMs = nextMs;
  }
}

/** The first slot after `nowMs`. */
export function nextSlotMs(
  nowMs: number,
  { intervalMs, phaseMs }: Pick<GridOptions, 'intervalMs' | 'phaseMs'>,
): number {
  return phaseMs + (Math.floor((nowMs - phaseMs) / intervalMs) + 1) * intervalMs;
}

/** Resolves at the time, or when the signal is aborted. */
function waitUntil(timeMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(timeMs - clock.nowMs(), end);
    function end(): void {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    }
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}
