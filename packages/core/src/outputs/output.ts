import type { ScrapeBatch } from './scrape-batch.js';
import type { LatencyStatus } from './send-latency.js';

/** Why samples did not reach their output. Closed: each is a label value of a counter. */
export type DropReason =
  | 'queue_full'
  | 'rejected'
  | 'too_old'
  | 'closed'
  /** The disk of a durable queue gave back other bytes than were written. */
  | 'damaged'
  /** A newer state of the group came before a Pushgateway took this one. */
  | 'superseded'
  /** Native histograms with custom buckets, for which remote write 1.0 has no place. */
  | 'nhcb_in_rw1_not_supported';

/** What an output says of itself once a second, to be summed over the threads. */
export interface OutputStatus {
  readonly name: string;
  /** Where it sends to, without credentials and query. */
  readonly url: string;
  /** Of what it sends now: `1.0`, `2.0`. */
  readonly protocolVersion: string;
  /** With those recovered, at any time the sum of sent, dropped and queued; stale markers count. */
  readonly samplesAppended: number;
  /** Acknowledged by the other side. */
  readonly samplesSent: number;
  /** Counted again at each further attempt. */
  readonly samplesRetried: number;
  readonly samplesDropped: Readonly<Record<DropReason, number>>;
  /** Attempts, whatever became of them; `bytesSent` are their bodies. */
  readonly requestsSent: number;
  readonly bytesSent: number;
  /** Of the attempts those that were made to find out what of a refused batch is to blame. */
  readonly requestsSplit: number;
  readonly requestsInFlight: number;
  /** Of attempts, until they were answered or given up. */
  readonly sendLatency: LatencyStatus;
  /** Refusals of samples for their time: one of the two clocks may be wrong. */
  readonly clockSkewRefusals: number;
  /** Compressed, what is on the wire included. */
  readonly queueBytes: number;
  readonly queueSamples: number;
  /** When the oldest of what waits was appended, Unix ms; 0 when nothing waits. */
  readonly queueOldestMs: number;
  /** Of what is queued, batches that fail while others pass: tried now and then, beside the others. */
  readonly batchesAside: number;
  readonly samplesAside: number;
  /** Unix ms of the newest sample that was appended; 0 before the first. */
  readonly highestTimestampMs: number;
  /** Unix ms of the newest sample the other side has acknowledged; 0 before the first. */
  readonly highestSentTimestampMs: number;
  /** The last failure in words, empty after a success. */
  readonly lastError: string;
  /** Undefined: the queue is in memory alone. */
  readonly durable?: DurableQueueStatus | undefined;
  /** Of a Pushgateway. */
  readonly pushes?: PushStatus | undefined;
}

/** What an output says of the groups it has on a Pushgateway. */
export interface PushStatus {
  /** Pushes by what came of them. */
  readonly outcomes: Readonly<Record<'pushed' | 'refused' | 'unreachable', number>>;
  /** When a push succeeded last, Unix ms; 0 before the first. */
  readonly lastPushMs: number;
  /** Groups that are pushed. */
  readonly groups: number;
  /** Of these, groups whose last push was refused. */
  readonly groupsRefused: number;
  /** Groups whose target has left, and that are deleted when the ttl is over. */
  readonly groupsLeft: number;
  readonly groupsDeleted: number;
  /** False: the gateway refuses names beyond the classic ones, and gets them with underscores. */
  readonly takesUtf8Names: boolean;
}

/** What a queue on the disk says of itself. */
export interface DurableQueueStatus {
  readonly segments: number;
  /** Left by earlier processes and threads; not part of `samplesAppended`. */
  readonly samplesRecovered: number;
  readonly recordsDamaged: number;
  /** Files of earlier processes that were gone when the queue was opened. */
  readonly segmentsMissing: number;
  /** The disk takes nothing. */
  readonly isPaused: boolean;
  /** Undefined: all that waits is in memory, too. */
  readonly drain?: DrainStatus | undefined;
}

/** How a backlog on the disk comes down. */
export interface DrainStatus {
  /** By how much the samples that wait become fewer, over the last minute; below 0: they become more. */
  readonly samplesPerSecond: number;
  /** Seconds until nothing waits, at this rate; undefined when that is not in sight. */
  readonly secondsLeft: number | undefined;
}

/**
 * PORT. Where batches go. One instance per output and scrape thread; it lives in the thread.
 *
 * - `append` is synchronous, takes what it needs out of the borrowed batch before it returns, never
 *   throws and never blocks: when its queue is full it drops the oldest and counts it.
 * - Samples of one series leave in the order they were appended.
 * - `hasRoom` is false while the queue is half full: a scrape so large that it comes in parts then waits
 *   before the next, so that it pushes out neither its own samples nor those of others.
 * - `flush` sends what is queued now without waiting for more, and resolves when none of it is queued
 *   any longer: what another thread then sends of the same series cannot overtake it. It resolves in
 *   any case when the output is closed.
 * - `makeRoom` drops the oldest that is not on the wire until so many bytes are free, if it can; counted
 *   as `queue_full`.
 * - `forget` frees what is kept per target; batches appended before still go out.
 * - `close` sends what is queued until the deadline, counts the rest as dropped (`closed`) unless it stays
 *   on the disk, releases every socket and timer, and resolves in any case.
 */
export interface Output {
  readonly name: string;
  /** Bytes of queue, templates and buffers: counted against the thread's memory. */
  readonly memoryBytes: number;
  readonly hasRoom: boolean;
  append(batch: ScrapeBatch): void;
  flush(): Promise<void>;
  makeRoom(bytes: number): void;
  forget(targetId: string): void;
  status(): OutputStatus;
  close(deadlineMs: number): Promise<void>;
}
