import type { Clock, ClockTimer } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { Backoff } from '../remote-write/send/retry.js';
import type { Cluster } from './cluster.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import type { Kafkajs } from './kafkajs.js';
import type { PartitionLane, PendingBatch } from './partition-lane.js';
import { judgeProduce } from './produce-errors.js';
import { type PartitionAnswer, produceBody, readProduceAnswer } from './produce-request.js';
import { askIdentity, noIdentity, type ProducerIdentity } from './producer-identity.js';
import type { BatchCodec } from './record-batch.js';
import type { TakenMessage } from './taken-message.js';
import type { TopicWriter } from './topic-writer.js';

/** Of one request; brokers take 100 MB (`socket.request.max.bytes`). */
const mostRequestBytes = 16 * 1024 * 1024;
const noRightToIdentity = 31;
/** A broker that has just started gives no ids for some seconds: nothing an operator need know. */
const coordinatorLoading = 14;
const mostStartingTries = 8;
/** How often a topic that cannot be written to is looked at again. */
const topicRetryMs = 5_000;

/** What becomes of messages. */
export interface SenderStats {
  post<Result>(bytes: number, nowMs: () => number, send: () => Promise<Result>): Promise<Result>;
  delivered(samples: number, highestTimestampMs: number): void;
  failed(samples: number, words: string): void;
  rejected(samples: number, words: string): void;
}

export interface SenderParts {
  readonly kafkajs: Kafkajs;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: KafkaWriteOptions;
  readonly codec: BatchCodec | undefined;
  readonly stats: SenderStats;
  /** Something left the queue. */
  readonly settled: () => void;
  /** Messages with some of the series each; undefined when it cannot be made smaller. */
  readonly split: (message: TakenMessage) => TakenMessage[] | undefined;
}

/**
 * Sends the messages of all topics: one request per broker at a time, with one batch per partition. What
 * fails stays with its partition and is tried again; the others go on.
 */
export class Sender {
  readonly #parts: SenderParts;
  readonly #topics = new Map<string, TopicWriter>();
  readonly #busyBrokers = new Set<number>();
  readonly #backoff: Backoff;
  #identity: ProducerIdentity | undefined;
  #preparing = false;
  #startingTries = 0;
  /** Monotonic: brokers could not be asked before; until then nothing is tried. */
  #restUntilMs = 0;
  #topicsDueMs = Number.POSITIVE_INFINITY;
  #timer: ClockTimer | undefined;
  #timerMs = 0;
  #isFlushing = false;
  #stopped = false;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.options);
  }

  get pendingBytes(): number {
    let bytes = 0;
    for (const topic of this.#topics.values()) bytes += topic.pendingBytes;
    return bytes;
  }

  /** Looks at a topic from now on, whether or not there is something to write. */
  add(topic: TopicWriter): void {
    this.#topics.set(topic.name, topic);
    this.#wakeIn(0);
  }

  /** Something was appended: it leaves when its time has come. Cheap: called per scrape. */
  wake(): void {
    this.#wakeIn(this.#parts.options.lingerMs);
  }

  /** What is queued now does not wait for company. */
  hurry(): void {
    for (const topic of this.#topics.values()) if (topic.isReady) topic.pull(true);
    this.#wakeIn(0);
  }

  /** From now on nothing waits for company. */
  flush(): void {
    this.#isFlushing = true;
    this.#wakeIn(0);
  }

  /** Ends at once; what was not settled stays in the queue. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #wakeIn(ms: number): void {
    if (this.#stopped) return;
    const atMs = this.#parts.clock.monotonicMs() + ms;
    if (this.#timer !== undefined && this.#timerMs <= atMs) return;
    this.#timer?.cancel();
    this.#timerMs = atMs;
    this.#timer = this.#parts.clock.setTimer(ms, () => {
      this.#timer = undefined;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#stopped) return;
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#restUntilMs > nowMs) {
      this.#wakeIn(this.#restUntilMs - nowMs);
      return;
    }
    if (this.#needsPreparation(nowMs)) void this.#prepare();
    if (this.#identity === undefined) return;
    const { cluster } = this.#parts;
    if (nowMs >= this.#topicsDueMs) cluster.expire();
    else if (this.#topicsDueMs < Infinity) this.#wakeIn(this.#topicsDueMs - nowMs);
    for (const topic of this.#topics.values()) this.#pull(topic, nowMs);
    for (const [broker, lanes] of this.#lanesByBroker(nowMs)) void this.#send(broker, lanes);
  }

  #needsPreparation(nowMs: number): boolean {
    if (this.#preparing || this.#topics.size === 0) return false;
    if (nowMs >= this.#topicsDueMs) return true;
    return this.#identity === undefined || this.#parts.cluster.isStale(this.#topics.keys());
  }

  /** Metadata and an identity; afterwards the pump goes on. */
  async #prepare(): Promise<void> {
    const { cluster, clock, stats } = this.#parts;
    this.#preparing = true;
    try {
      await cluster.refresh([...this.#topics.keys()]);
      if (this.#stopped) return;
      this.#learn();
      if (this.#identity === undefined) await this.#identify();
      this.#backoff.reset();
    } catch (error) {
      if (this.#stopped) return;
      if (!(error instanceof NotReadyYet)) stats.failed(0, messageOf(error));
      this.#restUntilMs = clock.monotonicMs() + this.#backoff.nextMs(0);
    } finally {
      this.#preparing = false;
      this.#wakeIn(0);
    }
  }

  #learn(): void {
    const { cluster, clock, logger, options } = this.#parts;
    this.#topicsDueMs = Number.POSITIVE_INFINITY;
    for (const topic of this.#topics.values()) {
      const found = cluster.topic(topic.name);
      if (found === undefined) continue;
      const before = topic.problem;
      topic.learn(found);
      if (topic.problem !== undefined) {
        this.#topicsDueMs = clock.monotonicMs() + topicRetryMs;
      }
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

  #pull(topic: TopicWriter, nowMs: number): void {
    if (!topic.isReady) return;
    const sinceMs = topic.waitsSinceMs();
    const { lingerMs } = this.#parts.options;
    const isDue = sinceMs !== undefined && nowMs - sinceMs >= lingerMs;
    topic.pull(isDue || this.#isFlushing);
    const nextMs = topic.waitsSinceMs();
    // Undefined, or of lanes that wait for their last batch.
    if (nextMs !== undefined && nowMs - nextMs < lingerMs) this.#wakeIn(nextMs + lingerMs - nowMs);
  }

  #lanesByBroker(nowMs: number): Map<number, [TopicWriter, PartitionLane][]> {
    const byBroker = new Map<number, [TopicWriter, PartitionLane][]>();
    for (const topic of this.#topics.values()) {
      if (!topic.isReady) continue;
      for (const lane of topic.lanes) {
        if (!this.#mayGo(lane, nowMs)) continue;
        const broker = topic.leaderOf(lane);
        if (broker < 0) this.#rest(lane);
        else if (!this.#busyBrokers.has(broker)) {
          byBroker.set(broker, [...(byBroker.get(broker) ?? []), [topic, lane]]);
        }
      }
    }
    return byBroker;
  }

  #mayGo(lane: PartitionLane, nowMs: number): boolean {
    if (lane.isEmpty || lane.isInFlight) return false;
    if (lane.notBeforeMs <= nowMs) return true;
    this.#wakeIn(lane.notBeforeMs - nowMs);
    return false;
  }

  async #send(broker: number, lanes: readonly [TopicWriter, PartitionLane][]): Promise<void> {
    const { cluster, clock, options, stats, codec } = this.#parts;
    const sent: Sent[] = [];
    let bytes = 0;
    for (const [topic, lane] of lanes) {
      if (bytes >= mostRequestBytes) break;
      const batch = lane.next(this.#identity!, topic.maxMessageBytes, codec);
      lane.isInFlight = true;
      bytes += batch.bytes.length;
      sent.push({ topic, lane, batch });
    }
    this.#busyBrokers.add(broker);
    try {
      const connection = await cluster.broker(broker);
      const batches = sent.map(({ lane, batch }) => ({
        topic: lane.topic,
        partition: lane.partition,
        batch: batch.bytes,
      }));
      const body = produceBody(batches, options.requestTimeoutMs);
      const nowMs = () => clock.monotonicMs();
      const payload = await stats.post(bytes, nowMs, () => connection.produce(body));
      const { answers, throttleMs } = readProduceAnswer(payload);
      connection.throttle(throttleMs);
      if (!this.#stopped) this.#answered(sent, answers);
    } catch (error) {
      if (!this.#stopped) this.#failed(sent, messageOf(error));
    } finally {
      this.#busyBrokers.delete(broker);
      for (const { lane } of sent) lane.isInFlight = false;
      if (!this.#stopped) this.#parts.settled();
      this.#pump();
    }
  }

  #answered(sent: readonly Sent[], answers: readonly PartitionAnswer[]): void {
    const codes = new Map(answers.map((one) => [`${one.topic}/${one.partition}`, one.errorCode]));
    for (const one of sent) {
      const code = codes.get(`${one.lane.topic}/${one.lane.partition}`);
      if (code === undefined) this.#failed([one], 'the broker says nothing of the batch');
      else this.#judge(one, code);
    }
  }

  #judge(sent: Sent, code: number): void {
    const { kafkajs, stats } = this.#parts;
    const { lane, batch, topic } = sent;
    const verdict = judgeProduce(code);
    if (verdict === 'written') {
      lane.failures = 0;
      this.#settle(topic, lane.done());
      stats.delivered(batch.samples, lastTimestampMs(batch));
      return;
    }
    const words = `${lane.topic}/${lane.partition}: ${kafkajs.errorOf(code).message}`;
    if (verdict === 'too_large') this.#tooLarge(sent, words);
    else if (verdict === 'refused') {
      if (!lane.separate()) this.#reject(sent, words);
    } else {
      if (verdict === 'new_producer' && this.#identity === batch.identity)
        this.#identity = undefined;
      this.#failed([sent], words);
    }
  }

  #tooLarge(sent: Sent, words: string): void {
    const { topic, lane, batch } = sent;
    if (lane.shrink()) return;
    const [message] = batch.messages;
    const parts = message && this.#parts.split(message);
    if (parts === undefined) this.#reject(sent, words);
    else {
      message!.taken.left += parts.length - 1;
      lane.replaceFirst(parts);
      topic.maxMessageBytes = Math.min(topic.maxMessageBytes, batch.bytes.length);
    }
  }

  #reject({ topic, lane }: Sent, words: string): void {
    const message = lane.dropFirst();
    this.#parts.stats.rejected(message.samples, words);
    this.#settle(topic, [message]);
  }

  #settle(topic: TopicWriter, messages: readonly TakenMessage[]): void {
    for (const message of messages) topic.settle(message);
  }

  #failed(sent: readonly Sent[], words: string): void {
    const { stats } = this.#parts;
    for (const { lane, batch } of sent) {
      stats.failed(batch.samples, words);
      this.#rest(lane);
    }
  }

  /** The partition is tried again later, with what the cluster says then. */
  #rest(lane: PartitionLane): void {
    const { cluster, clock, options } = this.#parts;
    const { minBackoffMs, maxBackoffMs } = options;
    const fullMs = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(lane.failures++, 20));
    const restMs = fullMs * (0.5 + Math.random() / 2);
    lane.notBeforeMs = clock.monotonicMs() + restMs;
    cluster.expire();
    this.#wakeIn(restMs);
  }
}

class NotReadyYet extends Error {}

interface Sent {
  readonly topic: TopicWriter;
  readonly lane: PartitionLane;
  readonly batch: PendingBatch;
}

function lastTimestampMs({ messages }: PendingBatch): number {
  return messages.reduce((last, one) => Math.max(last, one.timestampMs), 0);
}
