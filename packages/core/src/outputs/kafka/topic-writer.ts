import type { FragmentQueue } from '../queue/lanes/fragment-queue.js';
import type { WriteBatch } from '../queue/lanes/write-batch.js';
import type { Topic } from './cluster.js';
import { framesOf } from './message-frame.js';
import { partitionOf } from './murmur2.js';
import { PartitionLane } from './partition-lane.js';
import type { TakenMessage } from './taken-message.js';

/** What a topic is assumed to take until it says so: Kafka's default of `max.message.bytes`. */
export const usualMessageLimit = 1_048_588;

/** From the queue of a topic into its partitions. */
export class TopicWriter {
  readonly name: string;
  readonly queue: FragmentQueue;
  readonly lanes: PartitionLane[] = [];
  /** In words, once it is known and is there; undefined when messages can be written. */
  problem: string | undefined;
  maxMessageBytes = usualMessageLimit;
  #leaders: readonly number[] = [];
  readonly #settle: (batch: WriteBatch) => void;

  constructor(name: string, queue: FragmentQueue, settle: (batch: WriteBatch) => void) {
    this.name = name;
    this.queue = queue;
    this.#settle = settle;
  }

  get isReady(): boolean {
    return this.#leaders.length > 0 && this.problem === undefined;
  }

  get pendingBytes(): number {
    return this.lanes.reduce((sum, lane) => sum + lane.pendingBytes, 0);
  }

  leaderOf({ partition }: PartitionLane): number {
    return this.#leaders[partition] ?? -1;
  }

  /** The cluster has said what it knows of the topic. */
  learn({ leaders, problem, maxMessageBytes }: Topic): void {
    this.problem = problem;
    if (problem !== undefined) return;
    this.#leaders = leaders;
    this.maxMessageBytes = maxMessageBytes ?? usualMessageLimit;
    for (let partition = this.lanes.length; partition < leaders.length; partition++) {
      this.lanes.push(new PartitionLane(this.name, partition));
    }
    // A topic that was deleted and made again with fewer partitions.
    for (const lane of this.lanes.slice(leaders.length)) {
      if (!lane.isInFlight) for (const message of lane.drain()) this.#push(message);
    }
  }

  /** When the oldest of what is not in its partition yet came (monotonic); undefined when there is nothing. */
  waitsSinceMs(): number | undefined {
    let oldest: number | undefined;
    for (let lane = 0; lane < this.queue.laneCount; lane++) {
      const sinceMs = this.queue.openSinceMs(lane);
      if (sinceMs !== undefined && (oldest === undefined || sinceMs < oldest)) oldest = sinceMs;
    }
    return oldest;
  }

  /** Gives what is queued to its partitions; an unfinished batch only when `unfinished` says so. */
  pull(unfinished: boolean): void {
    for (let lane = 0; lane < this.queue.laneCount; lane++) {
      const batch = this.queue.take(lane, unfinished);
      if (batch === undefined) continue;
      const frames = framesOf(batch.fragments);
      const taken = { batch, left: frames.length };
      for (const frame of frames) this.#push({ ...frame, taken });
    }
  }

  /** A message was written or given up. */
  settle({ taken, samples }: TakenMessage): void {
    taken.left--;
    if (taken.left > 0) this.queue.sentPart(taken.batch, samples);
    else this.#settle(taken.batch);
  }

  #push(message: TakenMessage): void {
    this.lanes[partitionOf(message.keyHash, this.#leaders.length)]!.push(message);
  }
}
