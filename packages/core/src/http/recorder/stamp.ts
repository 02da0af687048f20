import type { Clock } from '../../clock.js';

/** Writes the monotonic time in ms into an array: a number that is returned may be put on the heap. */
export type Stamp = (times: Float64Array, at: number) => void;

const { hrtime } = process;

/** `performance.now()` leaves a number on the heap at each call; of this the engine keeps nothing. */
const systemStamp: Stamp = (times, at) => {
  const [seconds, nanoseconds] = hrtime();
  times[at] = seconds * 1000 + nanoseconds / 1e6;
};

/** Of a clock that was injected, or the system's. */
export function stampOf(clock: Clock | undefined): Stamp {
  if (clock === undefined) return systemStamp;
  return (times, at) => {
    times[at] = clock.monotonicMs();
  };
}
