import type { DrainStatus, DurableQueueStatus } from '../output.js';

/** What two queues on the disk say together, of two threads or two topics; undefined where there is none. */
export function addDurable(
  a: DurableQueueStatus | undefined,
  b: DurableQueueStatus | undefined,
): DurableQueueStatus | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    segments: a.segments + b.segments,
    samplesRecovered: a.samplesRecovered + b.samplesRecovered,
    recordsDamaged: a.recordsDamaged + b.recordsDamaged,
    segmentsMissing: a.segmentsMissing + b.segmentsMissing,
    isPaused: a.isPaused || b.isPaused,
    drain: addDrains(a.drain, b.drain),
  };
}

/** It is over when the last one's is. */
function addDrains(
  a: DrainStatus | undefined,
  b: DrainStatus | undefined,
): DrainStatus | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const isInSight = a.secondsLeft !== undefined && b.secondsLeft !== undefined;
  return {
    samplesPerSecond: a.samplesPerSecond + b.samplesPerSecond,
    secondsLeft: isInSight ? Math.max(a.secondsLeft!, b.secondsLeft!) : undefined,
  };
}
