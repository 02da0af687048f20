import type { FileTurns } from '../../http-client/file-texts.js';

/** In which order what waits leaves a queue. */
export type QueueOrder =
  /** Each series strictly in the order of time. */
  | 'per_series'
  /** Fresh data first, the backlog beside it: for receivers that take old samples. */
  | 'newest_first';

/** When written records are forced to the disk: it matters for a loss of power, not for `kill -9`. */
export type QueueFsync = 'none' | 'interval' | 'always';

/** The durable queue of an agent: `agent.queue` with its path. Plain data, crosses to the threads. */
export interface DurableQueueOptions {
  /** Absolute. Each output has a folder in it. */
  readonly path: string;
  /** Of one output, over all its queues and threads. */
  readonly maxBytes: number;
  /** What waits longer is dropped. */
  readonly maxAgeMs: number;
  readonly order: QueueOrder;
  readonly fsync: QueueFsync;
}

/** Where a thread keeps its durable queues. */
export interface QueueStore {
  readonly options: DurableQueueOptions;
  /** Tells the agents of a process apart. */
  readonly agent: string;
  readonly thread: number;
  readonly turns: FileTurns;
}
