import type { WriteBatch } from '../queue/lanes/write-batch.js';
import type { MessageFrame } from './message-frame.js';

/** A batch of the queue of which some messages are not settled yet. */
export interface TakenBatch {
  readonly batch: WriteBatch;
  /** Messages. */
  left: number;
}

/** A message on its way out, and where it came from. */
export interface TakenMessage extends MessageFrame {
  readonly taken: TakenBatch;
  /** Of a part of a split message: up to so far above its `seq` nobody else has one. */
  readonly seqRoom?: number;
}
