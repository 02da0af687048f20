import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import { heartbeating } from './heartbeating.js';
import { isOfKafka, mayPass } from './kafka-failure.js';
import type { PartitionReplay } from './partition-replay.js';
import { pause } from './pause.js';
import type { ReplayOptions } from './replay-options.js';
import type { SpokenFailure } from './spoken-failure.js';
import type { TopicProgress } from './topic-progress.js';

/** Partitions whose messages are delivered side by side. */
const mostConcurrent = 8;
/** So long the partitions of a replay that was killed wait for the next one. */
const sessionTimeoutMs = 10_000;
const heartbeatMs = 2_000;
const watchEveryMs = 1_000;
const fetchedBytesPerPartition = 4 * 2 ** 20;
const fetchedBytes = 32 * 2 ** 20;
/** How long a broker waits for news. */
const longestFetchMs = 500;

export interface ConsumerRunParts {
  readonly kafka: Kafka;
  readonly clock: Clock;
  readonly options: ReplayOptions;
  readonly logger: Logger;
  readonly progress: TopicProgress;
  readonly failure: SpokenFailure;
  /** By partition; made when it is read first, and kept from one consumer to the next. */
  readonly partitionOf: (partition: number) => PartitionReplay;
  readonly partitions: () => Iterable<PartitionReplay>;
}

/** The life of one consumer of the group. */
export class ConsumerRun {
  readonly #parts: ConsumerRunParts;
  readonly #consumer: Consumer;
  readonly #over = new AbortController();
  #error: unknown;

  constructor(parts: ConsumerRunParts) {
    this.#parts = parts;
    this.#consumer = parts.kafka.consumer({
      groupId: parts.options.source.group,
      allowAutoTopicCreation: false,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      maxBytesPerPartition: fetchedBytesPerPartition,
      maxBytes: fetchedBytes,
      maxWaitTimeInMs: longestFetchMs,
    });
  }

  /** Resolves at the end of the topic, or when stopped; rejects when this consumer is of no use any more. */
  async run(stop: AbortSignal): Promise<void> {
    const { options, progress } = this.#parts;
    const consumer = this.#consumer;
    const end = AbortSignal.any([stop, this.#over.signal]);
    const ended = new Promise<void>((resolve) => {
      if (end.aborted) resolve();
      end.addEventListener('abort', () => resolve());
    });
    this.#listen();
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: options.source.topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: Math.min(progress.partitionCount, mostConcurrent),
        eachBatch: (payload) =>
          this.#replayBatch(payload, end).then(
            () => this.#look(),
            (error) => {
              // kafkajs would try the same again, and again.
              if (!isOfKafka(error)) this.#finish(error);
              throw error;
            },
          ),
      });
      void this.#watchGroup(end);
      await ended;
    } catch (error) {
      this.#finish(error);
    } finally {
      await consumer.disconnect().catch(() => {
        // A broker that is gone need not hear of it.
      });
    }
    if (this.#error !== undefined) throw this.#error;
  }

  #finish(error?: unknown): void {
    this.#error ??= error;
    this.#over.abort();
  }

  #settled(partition: number, offset: bigint): void {
    this.#parts.progress.moveTo(partition, offset);
    this.#look();
  }

  /** What others of the group have done, and what they leave undone. */
  async #watchGroup(end: AbortSignal): Promise<void> {
    const { clock, options, progress, failure } = this.#parts;
    while (!end.aborted) {
      try {
        await progress.refresh(options.source.group);
        this.#look();
      } catch (error) {
        if (end.aborted) return;
        if (!mayPass(error)) this.#finish(error);
        failure.say(messageOf(error));
      }
      await pause(clock, watchEveryMs, end);
    }
  }

  #look(): void {
    const { options, progress } = this.#parts;
    if (!options.isFollowing && progress.isDone) this.#finish();
  }

  #listen(): void {
    const { options, logger, failure, partitions } = this.#parts;
    const { topic, group } = options.source;
    const { on, events } = this.#consumer;
    on(events.GROUP_JOIN, ({ payload }) => {
      for (const partition of partitions()) partition.takenOver();
      const assigned = payload.memberAssignment[topic] ?? [];
      failure.isOver();
      logger.info({ group, partitions: assigned.length }, 'reading');
    });
    on(events.END_BATCH_PROCESS, ({ payload }) => {
      // What transactions hide from readers is shown to nobody else.
      if (payload.batchSize > 0) return;
      const offset = BigInt(payload.lastOffset) + 1n;
      const { partition } = payload;
      this.#consumer.commitOffsets([{ topic, partition, offset: String(offset) }]).then(
        () => this.#settled(partition, offset),
        // It is shown again.
        (error: unknown) => failure.say(messageOf(error)),
      );
    });
    on(events.CRASH, ({ payload: { error, restart } }) => {
      if (restart && mayPass(error)) failure.say(messageOf(error));
      else this.#finish(error);
    });
  }

  async #replayBatch(payload: EachBatchPayload, stop: AbortSignal): Promise<void> {
    const { options, progress, partitionOf } = this.#parts;
    const { topic, partition, messages, highWatermark } = payload.batch;
    if (options.isFollowing) progress.extendTo(partition, BigInt(highWatermark));
    const start = progress.startOf(partition);
    if (messages.length > 0 && BigInt(messages[0]!.offset) < start) {
      this.#consumer.seek({ topic, partition, offset: String(start) });
      return;
    }
    const commit = (offset: string) => this.#consumer.commitOffsets([{ topic, partition, offset }]);
    await heartbeating(payload, heartbeatMs, stop, (until) =>
      partitionOf(partition).replay(payload, until, commit),
    );
  }
}
