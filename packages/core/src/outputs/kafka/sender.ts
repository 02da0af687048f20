import type { Clock, ClockTimer } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { BatchBuffers } from './batch-buffers.js';
import type { BrokerConnection } from './broker-connection.js';
import type { Cluster } from './cluster.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import type { Kafkajs } from './kafkajs.js';
import type { PartitionLane } from './partition-lane.js';
import { Preparation } from './preparation.js';
import { produceBody, readProduceAnswer } from './produce-request.js';
import type { BatchCodec, BatchTools } from './record-batch.js';
import { type SenderStats, type SentBatch, SentBatches } from './sent-batches.js';
import type { TakenMessage } from './taken-message.js';
import type { TopicWriter } from './topic-writer.js';

/** Of one request; brokers take 100 MB (`socket.request.max.bytes`). */
const mostRequestBytes = 16 * 1024 * 1024;

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
  readonly #preparation: Preparation;
  readonly #sentBatches: SentBatches;
  readonly #tools: BatchTools;
  #timer: ClockTimer | undefined;
  #timerMs = 0;
  #isFlushing = false;
  #stopped = false;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#tools = { buffers: new BatchBuffers(), codec: parts.codec };
    const failed = (words: string): void => parts.stats.failed(0, words);
    this.#preparation = new Preparation({ ...parts, failed });
    this.#sentBatches = new SentBatches({
      ...parts,
      buffers: this.#tools.buffers,
      forget: (identity) => this.#preparation.forget(identity),
      rest: (lane) => this.#rest(lane),
    });
  }

  /** Of batches under way, and of buffers for the next. */
  get memoryBytes(): number {
    let bytes = this.#tools.buffers.memoryBytes;
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

  /** Gives up memory that it can do without. */
  makeRoom(): void {
    this.#tools.buffers.clear();
  }

  /** Ends at once; what was not settled stays in the queue. */
  stop(): void {
    this.#stopped = true;
    this.#preparation.stop();
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
    const preparation = this.#preparation;
    const nowMs = this.#parts.clock.monotonicMs();
    if (preparation.restUntilMs > nowMs) {
      this.#wakeIn(preparation.restUntilMs - nowMs);
      return;
    }
    if (preparation.isNeeded(this.#topics, nowMs)) {
      void preparation.run(this.#topics).then(() => this.#wakeIn(0));
    }
    if (preparation.identity === undefined) return;
    if (nowMs < preparation.topicsDueMs && preparation.topicsDueMs < Infinity) {
      this.#wakeIn(preparation.topicsDueMs - nowMs);
    }
    for (const topic of this.#topics.values()) this.#pull(topic, nowMs);
    for (const [broker, lanes] of this.#lanesByBroker(nowMs)) void this.#send(broker, lanes);
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

  /** Never rejects: what cannot be sent stays with its partition. */
  async #send(broker: number, lanes: readonly [TopicWriter, PartitionLane][]): Promise<void> {
    const sent: SentBatch[] = [];
    this.#busyBrokers.add(broker);
    try {
      this.#take(lanes, sent);
      const connection = await this.#parts.cluster.broker(broker);
      const { answers, throttleMs } = await this.#produce(connection, sent);
      connection.throttle(throttleMs);
      if (!this.#stopped) this.#sentBatches.answered(sent, answers);
    } catch (error) {
      if (!this.#stopped) this.#sentBatches.failed(sent, messageOf(error));
    } finally {
      this.#busyBrokers.delete(broker);
      for (const { lane } of sent) lane.isInFlight = false;
      if (!this.#stopped) this.#parts.settled();
      this.#pump();
    }
  }

  #take(lanes: readonly [TopicWriter, PartitionLane][], sent: SentBatch[]): void {
    let bytes = 0;
    for (const [topic, lane] of lanes) {
      if (bytes >= mostRequestBytes) break;
      const { maxMessageBytes } = topic;
      // Should the memory for it be refused, the lane is not tried again at once.
      lane.notBeforeMs = this.#parts.clock.monotonicMs() + this.#parts.options.minBackoffMs;
      const batch = lane.next(this.#preparation.identity!, maxMessageBytes, this.#tools);
      lane.notBeforeMs = 0;
      lane.isInFlight = true;
      bytes += batch.bytes.length;
      sent.push({ topic, lane, batch });
    }
  }

  async #produce(connection: BrokerConnection, sent: readonly SentBatch[]) {
    const { clock, options, stats } = this.#parts;
    const batches = sent.map(({ lane, batch }) => ({
      topic: lane.topic,
      partition: lane.partition,
      batch: batch.bytes,
    }));
    const bytes = sent.reduce((sum, { batch }) => sum + batch.bytes.length, 0);
    const body = produceBody(batches, options.requestTimeoutMs);
    const answer = await stats.post(
      bytes,
      () => clock.monotonicMs(),
      () => connection.produce(body).catch((error: unknown) => new Error(messageOf(error))),
    );
    if (answer instanceof Error) throw answer;
    return readProduceAnswer(answer);
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
