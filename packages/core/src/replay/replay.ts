import type { Admin, Kafka } from 'kafkajs';
import { type Clock, systemClock } from '../clock.js';
import { messageOf } from '../errors.js';
import { FileTexts } from '../http-client/file-texts.js';
import type { Logger } from '../logger.js';
import { Backoff } from '../outputs/delivery/backoff.js';
import { Endpoint } from '../outputs/remote-write/send/endpoint.js';
import { version as agentVersion } from '../version.js';
import { ConsumerRun } from './consumer-run.js';
import { Deliverer } from './deliverer.js';
import { FamilyNews } from './family-news.js';
import { createKafkaClient } from './kafka-client.js';
import { kafkaFailed, mayPass } from './kafka-failure.js';
import { PartitionReplay } from './partition-replay.js';
import { pause } from './pause.js';
import { RateLimit } from './rate-limit.js';
import type { ReplayOptions } from './replay-options.js';
import { noStats, type ReplayStatus } from './replay-stats.js';
import { SpokenFailure } from './spoken-failure.js';
import { TopicProgress } from './topic-progress.js';

/** Between a consumer that is of no use any more and the next. */
const betweenConsumers = { minBackoffMs: 300, maxBackoffMs: 10_000 };

export interface ReplayParts {
  readonly logger: Logger;
  /** Default: the system's. */
  readonly clock?: Clock;
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
      await admin.connect();
      const progress = new TopicProgress(source, admin);
      await progress.begin(this.#options.fromMs);
      this.#progress = progress;
      await this.#consume(kafka, this.#createDeliverer(endpoint), progress, stop);
    } catch (error) {
      throw kafkaFailed(source, error);
    } finally {
      await disconnected(admin);
      await endpoint.close();
    }
  }

  /** With one consumer after the other, where Kafka fails in the middle. */
  async #consume(
    kafka: Kafka,
    deliverer: Deliverer,
    progress: TopicProgress,
    stop: AbortSignal,
  ): Promise<void> {
    const failure = new SpokenFailure(this.#logger, this.#clock, 'Kafka');
    const backoff = new Backoff(betweenConsumers);
    while (!stop.aborted) {
      const consumer = new ConsumerRun({
        kafka,
        clock: this.#clock,
        options: this.#options,
        logger: this.#logger,
        progress,
        failure,
        partitionOf: (partition) => this.#partitionOf(partition, deliverer, progress),
        partitions: () => this.#partitions.values(),
      });
      try {
        await consumer.run(stop);
        return;
      } catch (error) {
        if (!mayPass(error)) throw error;
        failure.say(messageOf(error));
        await pause(this.#clock, backoff.nextMs(0), stop);
      }
    }
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

  #partitionOf(partition: number, deliverer: Deliverer, progress: TopicProgress): PartitionReplay {
    let replay = this.#partitions.get(partition);
    if (replay === undefined) {
      replay = new PartitionReplay(partition, {
        options: this.#options,
        deliverer,
        stats: this.#stats,
        logger: this.#logger,
        settled: (offset) => progress.moveTo(partition, offset),
      });
      this.#partitions.set(partition, replay);
    }
    return replay;
  }
}

/** What was to be said is said: a broker that is gone need not hear of it. */
async function disconnected(admin: Admin): Promise<void> {
  await admin.disconnect().catch(() => {});
}
