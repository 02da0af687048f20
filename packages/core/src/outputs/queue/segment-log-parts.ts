import type { DurableQueueOptions } from './queue-options.js';
import type { QueueQuota } from './queue-quota.js';
import type { RecoveredQueue } from './recovered-queue.js';

export type QueueDropReason = 'queue_full' | 'too_old' | 'damaged';

/** What a log tells its owner. */
export interface SegmentLogHooks {
  dropped(reason: QueueDropReason, samples: number): void;
  /** The disk takes no writes; undefined: it takes them again. */
  paused(error: string | undefined): void;
  recovered(found: RecoveredQueue): void;
  damaged(file: string, records: number, error: string | undefined): void;
}

export interface SegmentLogParts {
  /** Folder of the output. */
  readonly root: string;
  /** Who of this process it is, beside the other agents and threads. */
  readonly agent: string;
  readonly thread: number;
  readonly options: DurableQueueOptions;
  /** What this and other queues of the output may take together. */
  readonly quota: QueueQuota;
  readonly hooks: SegmentLogHooks;
}
