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

/** What the work comes to, or undefined when it has not so long after the signal was aborted. */
export async function withinGrace<T>(
  clock: Clock,
  work: Promise<T>,
  stop: AbortSignal,
  graceMs: number,
): Promise<T | undefined> {
  const over = new AbortController();
  const late = new Promise<undefined>((resolve) => {
    const begin = (): void => {
      void pause(clock, graceMs, over.signal).then(() => resolve(undefined));
    };
    if (stop.aborted) begin();
    else stop.addEventListener('abort', begin, { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
