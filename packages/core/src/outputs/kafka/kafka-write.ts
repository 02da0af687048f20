import type { Clock, ClockTimer } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { HttpClientDeps } from '../../http-client/http-transport.js';
import { maskSecrets } from '../../http-client/mask-secrets.js';
import type { Logger } from '../../logger.js';
import { DeliveryLog } from '../delivery/delivery-log.js';
import { DeliveryStats } from '../delivery/delivery-stats.js';
import type { Output, OutputStatus } from '../output.js';
import { addDurable } from '../queue/add-durable.js';
import type { QueueStore } from '../queue/queue-options.js';
import type { QueueQuota } from '../queue/queue-quota.js';
import type { QueueDropReason } from '../queue/segment-log-parts.js';
import { RelabelledBatches } from '../relabelled-batches.js';
import type { ScrapeBatch } from '../scrape-batch.js';
import { unsupportedBy1 } from '../wire/v1/write-request.js';
import { Cluster } from './cluster.js';
import { codecOf } from './compression/codecs.js';
import { Credentials } from './credentials.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import { loadKafkajs } from './kafkajs.js';
import { type KafkaSource, ScrapeMessages, type WrittenTarget } from './scrape-messages.js';
import { Sender } from './sender.js';
import type { SenderStats } from './sent-batches.js';
import { splitMessage } from './split-message.js';
import { TopicQueue, topicsLeft, topicsQuota } from './topic-queue.js';

const memoryAlone = 'the queue of a topic is in memory alone: a crash loses what waits in it';

export interface KafkaWriteParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly http: HttpClientDeps;
  /** Bytes that the queues of all topics may allocate. */
  readonly queueBytes: number;
  readonly source: KafkaSource;
  /** Default: queues are in memory alone. */
  readonly queueStore?: QueueStore | undefined;
}

/** Delivers to Kafka: one message per scrape, keyed by the target, in a queue per topic. */
export class KafkaWrite implements Output {
  readonly name: string;
  readonly #options: KafkaWriteOptions;
  readonly #parts: KafkaWriteParts;
  readonly #messages: ScrapeMessages;
  readonly #relabelled: RelabelledBatches | undefined;
  readonly #stats: DeliveryStats;
  readonly #cluster: Cluster;
  readonly #sender: Sender;
  readonly #queues = new Map<string, TopicQueue>();
  readonly #quota: QueueQuota | undefined;
  #flushes: { readonly marks: Map<TopicQueue, number>; resolve: () => void }[] = [];
  #closed: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  /** @throws PromAgentError KAFKA_CLIENT_MISSING */
  constructor(options: KafkaWriteOptions, parts: KafkaWriteParts) {
    const { clock, logger, http } = parts;
    const kafkajs = loadKafkajs();
    this.name = options.name;
    this.#options = options;
    this.#parts = parts;
    this.#messages = new ScrapeMessages(options, parts.source, clock);
    if ((options.writeRelabelRules?.length ?? 0) > 0) {
      this.#relabelled = new RelabelledBatches(options);
    }
    this.#stats = new DeliveryStats(new DeliveryLog(options.name, logger, clock, 'kafka_write'));
    const credentials = new Credentials(options, http.files);
    this.#cluster = new Cluster({ kafkajs, clock, options, credentials, lookup: http.lookup });
    this.#sender = new Sender({
      kafkajs,
      cluster: this.#cluster,
      clock,
      logger,
      options,
      codec: codecOf(options.compression),
      stats: this.#senderStats(credentials),
      settled: () => this.#settled(),
      split: (message) => splitMessage(message, options.format),
    });
    const { queueStore, queueBytes } = parts;
    this.#quota = queueStore && topicsQuota(options.name, queueStore, queueBytes);
    // Also of targets that are gone: what waits for their topics is sent.
    const left = queueStore === undefined ? [] : topicsLeft(options.name, queueStore);
    for (const topic of left) this.#queueOf(topic);
  }

  get memoryBytes(): number {
    const kept = this.#messages.memoryBytes + (this.#relabelled?.memoryBytes ?? 0);
    return this.#sum((queue) => queue.memoryBytes) + this.#sender.memoryBytes + kept;
  }

  get hasRoom(): boolean {
    const most = this.#parts.queueBytes / 2;
    return this.#sum((queue) => queue.allocatedBytes) < most;
  }

  append(scraped: ScrapeBatch): void {
    const batch = this.#relabelled?.apply(scraped) ?? scraped;
    const histograms = this.#options.sendNativeHistograms ? (batch.histograms?.count ?? 0) : 0;
    const samples = batch.count + batch.staleCount + histograms;
    this.#stats.samplesAppended += samples;
    if (this.#closed !== undefined) {
      this.#stats.closed(samples);
      return;
    }
    this.#countUnsupported(batch);
    const target = this.#messages.targetOf(scraped);
    const queue = this.#queueOf(target.topic);
    try {
      this.#messages.make(batch, target, queue.writer.maxMessageBytes, (message) => {
        this.#countDropped(queue.append(target.head.keyHash, message));
        this.#stats.queued(message.highestTimestampMs);
      });
    } catch (error) {
      this.#lose(target, error);
    }
    queue.appended();
    this.#makeRoomFor(queue);
    this.#sender.wake();
  }

  flush(): Promise<void> {
    const marks = new Map<TopicQueue, number>();
    for (const queue of this.#queues.values()) {
      if (queue.samples > 0) marks.set(queue, queue.newestSequence);
    }
    if (marks.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#flushes.push({ marks, resolve });
      this.#sender.hurry();
      this.#endFlushes();
    });
  }

  makeRoom(bytes: number): void {
    this.#sender.makeRoom();
    const largest = this.#largestQueue();
    if (largest !== undefined) this.#countDropped(largest.makeRoom(bytes));
  }

  forget(targetId: string): void {
    this.#relabelled?.forget(targetId);
    this.#messages.forget(targetId);
  }

  status(): OutputStatus {
    const oldestMs = [...this.#queues.values()]
      .map((queue) => queue.oldestMs)
      .filter((ms) => ms > 0);
    return {
      name: this.name,
      url: `kafka://${this.#options.brokers.join(',')}/${this.#options.topic}`,
      protocolVersion: this.#options.format,
      ...this.#stats.status(),
      queueBytes: this.#sum((queue) => queue.bytes),
      queueSamples: this.#queuedSamples,
      queueOldestMs: oldestMs.length === 0 ? 0 : Math.min(...oldestMs),
      batchesAside: 0,
      samplesAside: 0,
      durable: [...this.#queues.values()]
        .map((queue) => queue.durable)
        .reduce(addDurable, undefined),
    };
  }

  close(deadlineMs: number): Promise<void> {
    this.#closed ??= this.#close(deadlineMs);
    return this.#closed;
  }

  #senderStats(credentials: Credentials): SenderStats {
    const stats = this.#stats;
    const failure = (words: string) => ({
      status: 0,
      words: maskSecrets(credentials.secrets)(words),
    });
    return {
      post: (bytes, nowMs, send) => stats.post(bytes, nowMs, send),
      delivered: (samples, timestampMs) => stats.delivered(samples, timestampMs),
      failed: (samples, words) => stats.failed(samples, failure(words)),
      rejected: (samples, words) => stats.rejected(samples, failure(words)),
    };
  }

  /** Native histograms for which the format has no place. */
  #countUnsupported({ histograms }: ScrapeBatch): void {
    const { format, sendNativeHistograms } = this.#options;
    if (format !== 'remote_write' || !sendNativeHistograms || histograms === undefined) return;
    const unsupported = unsupportedBy1(histograms.samples);
    if (unsupported > 0) this.#stats.unsupported(unsupported);
  }

  #queueOf(topic: string): TopicQueue {
    let queue = this.#queues.get(topic);
    if (queue === undefined) {
      queue = this.#openQueue(topic);
      this.#queues.set(topic, queue);
      this.#sender.add(queue.writer);
    }
    return queue;
  }

  #openQueue(topic: string): TopicQueue {
    const parts = {
      ...this.#parts,
      quota: this.#quota,
      dropped: (reason: QueueDropReason, samples: number) =>
        this.#stats.queueDropped(reason, samples),
      wake: () => this.#sender.wake(),
    };
    try {
      return new TopicQueue(topic, this.#options, parts);
    } catch (error) {
      // The start of the agent has looked at the directory: it was lost since.
      const fields = { output: this.name, topic, error: messageOf(error) };
      this.#parts.logger.error(fields, memoryAlone);
      return new TopicQueue(topic, this.#options, { ...parts, queueStore: undefined });
    }
  }

  /** Memory for a large batch was refused, or its series table broke: the port lets nothing throw. */
  #lose(target: WrittenTarget, error: unknown): void {
    this.#messages.reset(target);
    const { samplesAppended, samplesSent, samplesDropped } = this.#stats;
    const dropped = Object.values(samplesDropped).reduce((sum, samples) => sum + samples);
    const recovered = this.#sum((queue) => queue.recoveredSamples);
    const lost = samplesAppended + recovered - samplesSent - dropped - this.#queuedSamples;
    this.#stats.queueFull(lost, messageOf(error));
  }

  /** The queues of all topics share what the output may have; the largest gives. */
  #makeRoomFor(appended: TopicQueue): void {
    if (this.#queues.size === 1) return;
    const excess = this.#sum((queue) => queue.allocatedBytes) - this.#parts.queueBytes;
    if (excess <= 0) return;
    this.#countDropped((this.#largestQueue() ?? appended).makeRoom(excess));
  }

  #largestQueue(): TopicQueue | undefined {
    let largest: TopicQueue | undefined;
    for (const queue of this.#queues.values()) {
      if (queue.allocatedBytes > (largest?.allocatedBytes ?? -1)) largest = queue;
    }
    return largest;
  }

  #countDropped(samples: number): void {
    if (samples === 0) return;
    this.#stats.queueFull(samples);
    this.#endFlushes();
  }

  #settled(): void {
    for (const queue of this.#queues.values()) queue.refill();
    if (this.#queuedSamples === 0) this.#drained?.();
    if (this.#flushes.length > 0) this.#endFlushes();
  }

  #endFlushes(): void {
    this.#flushes = this.#flushes.filter(({ marks, resolve }) => {
      for (const [queue, mark] of marks) if (!queue.isSettled(mark)) return true;
      resolve();
      return false;
    });
  }

  get #queuedSamples(): number {
    return this.#sum((queue) => queue.samples);
  }

  #sum(of: (queue: TopicQueue) => number): number {
    let sum = 0;
    for (const queue of this.#queues.values()) sum += of(queue);
    return sum;
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#sender.flush();
    if (this.#queuedSamples > 0) {
      await new Promise<void>((resolve) => {
        const deadline: ClockTimer = this.#parts.clock.setTimer(deadlineMs, resolve);
        this.#drained = () => {
          deadline.cancel();
          resolve();
        };
      });
    }
    this.#sender.stop();
    let left = 0;
    for (const queue of this.#queues.values()) left += await queue.close();
    this.#stats.leftBehind(left);
    // Nothing waits any more, whatever became of it.
    for (const { resolve } of this.#flushes.splice(0)) resolve();
    this.#cluster.close();
  }
}
