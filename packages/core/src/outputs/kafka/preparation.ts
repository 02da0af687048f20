import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { Backoff } from '../delivery/backoff.js';
import type { Cluster } from './cluster.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import type { Kafkajs } from './kafkajs.js';
import { askIdentity, noIdentity, type ProducerIdentity } from './producer-identity.js';
import type { TopicWriter } from './topic-writer.js';

const noRightToIdentity = 31;
/** A broker that has just started gives no ids for some seconds: nothing an operator need know. */
const coordinatorLoading = 14;
const mostStartingTries = 8;
/** How often a topic that cannot be written to is looked at again. */
const topicRetryMs = 5_000;

export interface PreparationParts {
  readonly kafkajs: Kafkajs;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: KafkaWriteOptions;
  /** The cluster could not be asked, in words. */
  failed(words: string): void;
}

/** What must be known before a message is sent: where its topic is, and who we are to the cluster. */
export class Preparation {
  readonly #parts: PreparationParts;
  readonly #backoff: Backoff;
  #identity: ProducerIdentity | undefined;
  #isRunning = false;
  #startingTries = 0;
  #stopped = false;
  /** Monotonic: brokers could not be asked before; until then nothing is tried. */
  restUntilMs = 0;
  /** Monotonic: then topics with a problem are looked at again. */
  topicsDueMs = Number.POSITIVE_INFINITY;

  constructor(parts: PreparationParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.options);
  }

  /** Undefined: nothing can be sent yet. */
  get identity(): ProducerIdentity | undefined {
    return this.#identity;
  }

  /** The cluster does not know it any more. */
  forget(identity: ProducerIdentity): void {
    if (this.#identity === identity) this.#identity = undefined;
  }

  isNeeded(topics: ReadonlyMap<string, TopicWriter>, nowMs: number): boolean {
    if (this.#isRunning || topics.size === 0) return false;
    if (nowMs >= this.topicsDueMs) return true;
    return this.#identity === undefined || this.#parts.cluster.isStale(topics.keys());
  }

  /** Asks the cluster; never rejects. */
  async run(topics: ReadonlyMap<string, TopicWriter>): Promise<void> {
    const { cluster, clock, failed } = this.#parts;
    this.#isRunning = true;
    try {
      await cluster.refresh([...topics.keys()]);
      if (this.#stopped) return;
      this.#tell(topics.values());
      if (this.#identity === undefined) await this.#identify();
      this.#backoff.reset();
    } catch (error) {
      if (this.#stopped) return;
      if (!(error instanceof NotReadyYet)) failed(messageOf(error));
      this.restUntilMs = clock.monotonicMs() + this.#backoff.nextMs(0);
    } finally {
      this.#isRunning = false;
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Tells the topics what the cluster says of them, and the log of what has changed. */
  #tell(topics: Iterable<TopicWriter>): void {
    const { cluster, clock, logger, options } = this.#parts;
    this.topicsDueMs = Number.POSITIVE_INFINITY;
    for (const topic of topics) {
      const found = cluster.topic(topic.name);
      if (found === undefined) continue;
      const before = topic.problem;
      topic.learn(found);
      if (topic.problem !== undefined) this.topicsDueMs = clock.monotonicMs() + topicRetryMs;
      if (topic.problem === before) continue;
      const output = options.name;
      if (topic.problem === undefined) {
        logger.info({ output, topic: topic.name }, 'kafka_write can write to the topic again');
      } else {
        const words = 'kafka_write cannot write to a topic: its samples wait in the queue';
        logger.warn({ output, topic: topic.name, error: topic.problem }, words);
      }
    }
  }

  async #identify(): Promise<void> {
    const { kafkajs, cluster, logger, options } = this.#parts;
    const answer = await askIdentity(kafkajs, await cluster.anyBroker());
    if (!('errorCode' in answer)) {
      this.#identity = answer;
      this.#startingTries = 0;
      return;
    }
    const { message } = kafkajs.errorOf(answer.errorCode);
    const isStarting = answer.errorCode === coordinatorLoading;
    if (isStarting && this.#startingTries++ < mostStartingTries) throw new NotReadyYet(message);
    if (answer.errorCode !== noRightToIdentity) throw new Error(message);
    this.#identity = noIdentity;
    const words =
      'the cluster gives kafka_write no producer id (the user needs IDEMPOTENT_WRITE): after a lost answer messages may be in the topic twice';
    logger.warn({ output: options.name, error: message }, words);
  }
}

class NotReadyYet extends Error {}
