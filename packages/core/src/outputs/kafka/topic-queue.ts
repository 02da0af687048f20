import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../clock.js';
import type { Logger } from '../../logger.js';
import type { DurableQueueStatus } from '../output.js';
import { DurableQueue } from '../queue/lanes/durable-queue.js';
import { FragmentQueue } from '../queue/lanes/fragment-queue.js';
import type { QueueStore } from '../queue/queue-options.js';
import { QueueQuota } from '../queue/queue-quota.js';
import type { QueueDropReason } from '../queue/segment-log-parts.js';
import type { Fragment } from '../wire/fragment.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import { TopicWriter } from './topic-writer.js';

/**
 * Messages go to lanes by their key, so those of a partition that cannot be written hold up the lanes of
 * that partition alone. A power of two, as partitions mostly are.
 */
const lanes = 16;
/** Of a batch of a lane: half a megabyte, as a topic takes one. */
const samplesPerBatch = 20_000;

export interface TopicQueueParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queueBytes: number;
  readonly queueStore?: QueueStore | undefined;
  /** Of the queues of all topics; undefined: they are in memory alone. */
  readonly quota?: QueueQuota | undefined;
  dropped(reason: QueueDropReason, samples: number): void;
  /** Something was read back from the disk. */
  wake(): void;
}

/** What waits for one topic: a topic that cannot be written holds up no other. */
export class TopicQueue {
  readonly writer: TopicWriter;
  readonly #clock: Clock;
  readonly #lanes: FragmentQueue;
  /** Keeps the queue on the disk. */
  readonly #durable: DurableQueue | undefined;

  /** @throws PromAgentError QUEUE_UNUSABLE */
  constructor(topic: string, options: KafkaWriteOptions, parts: TopicQueueParts) {
    const { clock, logger, queueBytes, queueStore, quota } = parts;
    const bounds = { samples: Number.POSITIVE_INFINITY, bytes: queueBytes, samplesPerBatch };
    this.#clock = clock;
    this.#durable =
      queueStore &&
      new DurableQueue({
        store: queueStore,
        name: options.name,
        folder: path.join(folderOf(options.name), topic),
        bounds,
        quota,
        clock,
        logger,
        dropped: parts.dropped,
        wake: parts.wake,
      });
    this.#lanes = this.#durable?.lanes ?? new FragmentQueue(bounds);
    this.#lanes.addLanes(lanes - this.#lanes.laneCount);
    this.writer = new TopicWriter(topic, this.#lanes, (batch) => this.#lanes.settle(batch));
  }

  get samples(): number {
    return (this.#durable ?? this.#lanes).samples;
  }

  get bytes(): number {
    return (this.#durable ?? this.#lanes).bytes;
  }

  get allocatedBytes(): number {
    return this.#lanes.allocatedBytes;
  }

  get memoryBytes(): number {
    return (this.#durable ?? this.#lanes).memoryBytes;
  }

  get newestSequence(): number {
    return (this.#durable ?? this.#lanes).newestSequence;
  }

  get durable(): DurableQueueStatus | undefined {
    return this.#durable?.status();
  }

  get recoveredSamples(): number {
    return this.durable?.samplesRecovered ?? 0;
  }

  /** When the oldest of what waits was appended, Unix ms; 0 when nothing waits. */
  get oldestMs(): number {
    if (this.#durable !== undefined) return this.#durable.oldestMs ?? 0;
    const { oldestMs } = this.#lanes;
    if (oldestMs === undefined) return 0;
    return this.#clock.nowMs() - (this.#clock.monotonicMs() - oldestMs);
  }

  isSettled(sequence: number): boolean {
    return (this.#durable ?? this.#lanes).isSettled(sequence);
  }

  /** Takes a copy; returns how many samples were dropped to make room for it. */
  append(keyHash: number, message: Fragment): number {
    const hash = keyHash >>> 0;
    if (this.#durable !== undefined) {
      this.#durable.append(hash, message);
      return 0;
    }
    return this.#lanes.append(hash % this.#lanes.laneCount, message, this.#clock.monotonicMs());
  }

  /** The messages of a scrape are all appended. */
  appended(): void {
    this.#durable?.appended();
  }

  refill(): void {
    this.#durable?.refill();
  }

  /** Drops the oldest, or leaves it to the disk; returns how many samples are lost. */
  makeRoom(bytes: number): number {
    if (this.#durable === undefined) return this.#lanes.makeRoom(bytes);
    this.#durable.makeRoom();
    return 0;
  }

  /** Empties it; returns the samples that are lost with it. */
  async close(): Promise<number> {
    const left = this.#lanes.clear();
    return this.#durable === undefined ? left : this.#durable.close();
  }
}

/** What the queues of all topics may take. */
export function topicsQuota(name: string, { options }: QueueStore, queueBytes: number): QueueQuota {
  return new QueueQuota(path.join(options.path, folderOf(name)), options.maxBytes, queueBytes);
}

/** One folder per output, in it one per topic, which is a topic's name. */
function folderOf(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return path.join('kafka_write', `${name.replace(/[^\w.-]+/g, '_').slice(0, 60)}-${hash}`);
}

/** Topics for which earlier processes left something on the disk. */
export function topicsLeft(name: string, { options }: QueueStore): string[] {
  const root = path.join(options.path, folderOf(name));
  try {
    return readdirSync(root).filter((topic) => readdirSync(path.join(root, topic)).length > 0);
  } catch {
    // There is none yet, or what cannot be read is told when it is written to.
    return [];
  }
}
