import type { Clock } from '../../clock.js';

/** Writes the monotonic time in ms into an array: a number that is returned may be put on the heap. */
export type Stamp = (times: Float64Array, at: number) => void;

const { hrtime } = process;

/** `performance.now()` leaves a number on the heap at each call; of this the engine keeps nothing. */
const evenStamp: Stamp = (times, at) => {
  const [seconds, nanoseconds] = hrtime();
  times[at] = seconds * 1000 + nanoseconds / 1e6;
};

const oddStamp: Stamp = (times, at) => {
  const [seconds, nanoseconds] = hrtime();
  times[at] = seconds * 1000 + nanoseconds / 1e6;
};

const stamps: readonly Stamp[] = [evenStamp, oddStamp];
let turn = 0;

/**
 * Two that do the same, in turns: V8 inlines what a call has as its one target, into a caller whose
 * room (--max-inlined-bytecode-size-cumulative) may then not do for `hrtime`, and `hrtime` that is
 * called leaves its array on the heap. Compiled for themselves they have the room.
 */
const systemStamp: Stamp = (times, at) => {
  turn ^= 1;
  (stamps[turn] as Stamp)(times, at);
};

/** Of a clock that was injected, or the system's. */
export function stampOf(clock: Clock | undefined): Stamp {
  if (clock === undefined) return systemStamp;
  return (times, at) => {
    times[at] = clock.monotonicMs();
  };
}
