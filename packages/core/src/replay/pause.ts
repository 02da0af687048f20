import type { Clock } from '../clock.js';

/** Waits, or until the signal is aborted. */
export function pause(clock: Clock, ms: number, stop: AbortSignal): Promise<void> {
  if (ms <= 0 || stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimer(ms, done);
    stop.addEventListener('abort', done);
  });
}
