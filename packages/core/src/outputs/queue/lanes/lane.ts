import type { WriteBatch } from './write-batch.js';

/** Batches that leave one after the other. */
export interface Lane {
  /** In the order they leave. */
  readonly full: WriteBatch[];
  /** Those that have room, the oldest first: one, and of remote write 2.0 one per table of symbols. */
  readonly open: WriteBatch[];
  taken: WriteBatch | undefined;
}

/** Of a queue that is on the disk, too: what it wants to know of the batches in memory. */
export interface BatchesOnDisk {
  /** Nothing may be sent before what was there before it. */
  readonly keepsOrder: boolean;
  /** The batch was delivered or given up. */
  settled(batch: WriteBatch): void;
  /** The batch had to leave the memory. */
  evicted(batch: WriteBatch): void;
}

export function newLane(): Lane {
  return { full: [], open: [], taken: undefined };
}

export function finish(lane: Lane, batch: WriteBatch): void {
  lane.open.splice(lane.open.indexOf(batch), 1);
  lane.full.push(batch);
}

export function finishAll(lane: Lane): void {
  lane.full.push(...lane.open.splice(0));
}

/** The batch of any lane that came first and is not on the wire. */
export function oldestWaiting(lanes: readonly Lane[]): WriteBatch | undefined {
  let oldest: WriteBatch | undefined;
  for (const lane of lanes) {
    for (const first of [lane.full[0], lane.open[0]]) {
      if (first !== undefined && (oldest === undefined || first.sequence < oldest.sequence)) {
        oldest = first;
      }
    }
  }
  return oldest;
}

/** When the oldest batch of all got its first sample (monotonic). */
export function oldestStartMs(
  lanes: readonly Lane[],
  parked: Iterable<WriteBatch>,
): number | undefined {
  const first = [...parked];
  for (const { taken, full, open } of lanes) {
    for (const batch of [taken, full[0], ...open]) if (batch !== undefined) first.push(batch);
  }
  return first.length === 0 ? undefined : Math.min(...first.map(({ startedMs }) => startedMs));
}
