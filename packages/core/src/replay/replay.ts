import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { type Clock, systemClock } from '../clock.js';
import { messageOf, PromAgentError } from '../errors.js';
import { FileTexts } from '../http-client/file-texts.js';
import type { Logger } from '../logger.js';
import { connectWords } from '../outputs/kafka/connect-words.js';
import { Endpoint } from '../outputs/remote-write/send/endpoint.js';
import { version as agentVersion } from '../version.js';
import { Deliverer } from './deliverer.js';
import { FamilyNews } from './family-news.js';
import { createKafkaClient } from './kafka-client.js';
import { PartitionReplay } from './partition-replay.js';
import { RateLimit } from './rate-limit.js';
import type { ReplayOptions, ReplaySource } from './replay-options.js';
import { noStats, type ReplayStatus } from './replay-stats.js';
import { TopicProgress } from './topic-progress.js';

/** Partitions whose messages are delivered side by side. */
const mostConcurrent = 8;
const heartbeatMs = 2_000;
/** So long the partitions of a replay that was killed wait for the next one. */
const sessionTimeoutMs = 10_000;
const fetchedBytesPerPartition = 4 * 2 ** 20;
const fetchedBytes = 32 * 2 ** 20;
/** How long a broker waits for news. */
const longestFetchMs = 500;

export interface ReplayParts {
  readonly logger: Logger;
  /** Default: the system's. */
  readonly clock?: Clock;
}

interface Consuming {
  readonly consumer: Consumer;
  readonly deliverer: Deliverer;
  readonly progress: TopicProgress;
}

/** One run of a replay: from where its consumer group has come to, to the end or until it is stopped. */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #stats = noStats();
  readonly #partitions = new Map<number, PartitionReplay>();
  #progress: TopicProgress | undefined;

  constructor(options: ReplayOptions, { logger, clock = systemClock }: ReplayParts) {
    this.#options = options;
    this.#logger = logger;
    this.#clock = clock;
  }

  status(): ReplayStatus {
    return { ...this.#stats, messagesLeft: this.#progress?.messagesLeft ?? 0 };
  }

  /**
   * Resolves at the end of the topic, or when `stop` is aborted and what was on its way is committed.
   *
   * @throws PromAgentError KAFKA_CLIENT_MISSING, REPLAY_FAILED; what was delivered before is committed
   */
  async run(stop: AbortSignal): Promise<void> {
    const { receiver, source } = this.#options;
    const kafka = await createKafkaClient(source, this.#clock, this.#logger);
    const files = new FileTexts(this.#clock, { run: (task) => task() });
    const userAgent = `prom-agent/${agentVersion}`;
    const endpoint = new Endpoint(receiver, { clock: this.#clock, files, userAgent });
    const admin = kafka.admin();
    try {
      await admin.connect().catch((error: unknown) => {
        throw unreachable(source, error);
      });
      const progress = new TopicProgress(source, admin);
      await progress.begin(this.#options.fromMs);
      this.#progress = progress;
      if (!stop.aborted) await this.#consume(kafka, endpoint, progress, stop);
    } finally {
      await disconnected(admin);
      await endpoint.close();
    }
  }

  async #consume(
    kafka: Kafka,
    endpoint: Endpoint,
    progress: TopicProgress,
    stop: AbortSignal,
  ): Promise<void> {
    const { source } = this.#options;
    const consumer = kafka.consumer({
      groupId: source.group,
      allowAutoTopicCreation: false,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      maxBytesPerPartition: fetchedBytesPerPartition,
      maxBytes: fetchedBytes,
      maxWaitTimeInMs: longestFetchMs,
    });
    const over = new AbortController();
    const end = AbortSignal.any([stop, over.signal]);
    const deliverer = this.#createDeliverer(endpoint);
    let failure: unknown;
    const finish = (error?: unknown): void => {
      failure ??= error;
      over.abort();
    };
    const look = (): void => {
      if (!this.#options.isFollowing && progress.isDone) finish();
    };
    const ended = new Promise<void>((resolve) => end.addEventListener('abort', () => resolve()));
    this.#listen(consumer, progress, look, finish);
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: source.topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: Math.min(progress.partitionCount, mostConcurrent),
        eachBatch: (payload) =>
          this.#replayBatch(payload, end, { consumer, deliverer, progress }).then(look, (error) => {
            // kafkajs would try the same again, and again.
            if (!isOfKafka(error)) finish(error);
            throw error;
          }),
      });
      await ended;
    } catch (error) {
      finish(unreachable(source, error));
    } finally {
      await disconnected(consumer);
    }
    if (failure !== undefined) throw failure;
  }

  #createDeliverer(endpoint: Endpoint): Deliverer {
    const { receiver, version, samplesPerSecond } = this.#options;
    return new Deliverer({
      clock: this.#clock,
      logger: this.#logger,
      endpoint,
      queue: receiver.queue,
      version,
      stats: this.#stats,
      limit: new RateLimit(this.#clock, samplesPerSecond),
      families: new FamilyNews(version),
    });
  }

  #listen(
    consumer: Consumer,
    progress: TopicProgress,
    look: () => void,
    finish: (error: unknown) => void,
  ): void {
    const { topic, group } = this.#options.source;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      for (const partition of this.#partitions.values()) partition.takenOver();
      const assigned = payload.memberAssignment[topic] ?? [];
      this.#logger.info({ group, partitions: assigned.length }, 'reading');
      progress.assign(group, assigned).then(look, (error: unknown) => {
        finish(unreachable(this.#options.source, error));
      });
    });
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      // What transactions hide from readers is shown to nobody else.
      if (payload.batchSize > 0) return;
      progress.moveTo(payload.partition, BigInt(payload.lastOffset) + 1n);
      look();
    });
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (restart) this.#logger.warn({ error: messageOf(error) }, 'Kafka fails: trying again');
      else finish(unreachable(this.#options.source, error));
    });
  }

  async #replayBatch(
    payload: EachBatchPayload,
    stop: AbortSignal,
    { consumer, deliverer, progress }: Consuming,
  ): Promise<void> {
    const { topic, partition, messages, highWatermark } = payload.batch;
    if (this.#options.isFollowing) progress.extendTo(partition, BigInt(highWatermark));
    const start = progress.startOf(partition);
    if (messages.length > 0 && BigInt(messages[0]!.offset) < start) {
      consumer.seek({ topic, partition, offset: String(start) });
      return;
    }
    let replay = this.#partitions.get(partition);
    if (replay === undefined) {
      replay = new PartitionReplay(partition, {
        options: this.#options,
        deliverer,
        stats: this.#stats,
        logger: this.#logger,
        settled: (offset) => progress.moveTo(partition, offset),
        commit: (offset) => consumer.commitOffsets([{ topic, partition, offset }]),
      });
      this.#partitions.set(partition, replay);
    }
    await beating(payload, stop, (until) => replay.replay(payload, until));
  }
}

/**
 * While a receiver fails for minutes, the group must not take this member for dead; and when the group
 * shares its partitions out anew, the work ends early.
 */
async function beating(
  payload: EachBatchPayload,
  stop: AbortSignal,
  work: (until: AbortSignal) => Promise<void>,
): Promise<void> {
  const until = new AbortController();
  const leave = (): void => until.abort();
  const timer = setInterval(() => {
    payload.heartbeat().catch(leave);
  }, heartbeatMs);
  stop.addEventListener('abort', leave);
  if (stop.aborted) leave();
  try {
    await work(until.signal);
  } finally {
    clearInterval(timer);
    stop.removeEventListener('abort', leave);
  }
}

function isOfKafka(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('KafkaJS');
}

function unreachable(source: ReplaySource, error: unknown): PromAgentError {
  if (PromAgentError.is(error)) return error;
  const { brokers } = source;
  const why = connectWords(messageOf(error), source);
  return new PromAgentError('REPLAY_FAILED', `kafka ${brokers.join(',')}: ${why}`, {
    cause: error,
    data: { brokers },
  });
}

/** What was to be said is said: a broker that is gone need not hear of it. */
async function disconnected(client: Admin | Consumer): Promise<void> {
  await client.disconnect().catch(() => {});
}
