import type { Clock, ClockTimer } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { HttpClientDeps } from '../../http-client/http-transport.js';
import type { Logger } from '../../logger.js';
import type { Output, OutputStatus } from '../output.js';
import type { QueueStore } from '../remote-write/lanes/durable-queue.js';
import { RelabelledBatches } from '../remote-write/relabelled-batches.js';
import { DeliveryLog } from '../remote-write/send/delivery-log.js';
import { DeliveryStats } from '../remote-write/send/delivery-stats.js';
import type { Fragment } from '../remote-write/wire/fragment.js';
import type { ScrapeBatch } from '../scrape-batch.js';
import { Cluster } from './cluster.js';
import { codecOf } from './compression/codecs.js';
import { Credentials } from './credentials.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import { loadKafkajs } from './kafkajs.js';
import { encodeHeaders, MessageBuilder, type MessageHead } from './message-builder.js';
import { murmur2 } from './murmur2.js';
import { RemoteWriteValue } from './remote-write-value.js';
import { Sender } from './sender.js';
import { seqStep, splitMessage } from './split-message.js';
import { TopicQueue } from './topic-queue.js';
import { topicOf } from './topic-template.js';
import { usualMessageLimit } from './topic-writer.js';
import type { KeptPart, ValueEncoder } from './value-encoder.js';

/** Of a message's value, as headers and key take some of the topic's limit. */
const roomForHeaders = 4096;

/** Who scrapes: what the headers say of it. */
export interface KafkaSource {
  /** The agent that owns the target, and since when (pool view). */
  readonly owner: string;
  readonly epoch: number;
  /** What has an order of its own: the scrape thread. */
  readonly lane: string;
  readonly replica: number;
}

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

interface WrittenTarget {
  readonly queue: TopicQueue;
  readonly head: MessageHead;
  /** By the place of a part; of most targets there is one. */
  readonly parts: KeptPart[];
}

/** Delivers to Kafka: one message per scrape, keyed by the target, in a queue per topic. */
export class KafkaWrite implements Output {
  readonly name: string;
  readonly #options: KafkaWriteOptions;
  readonly #parts: KafkaWriteParts;
  readonly #encoder: ValueEncoder;
  readonly #builder = new MessageBuilder();
  readonly #relabelled: RelabelledBatches | undefined;
  readonly #stats: DeliveryStats;
  readonly #cluster: Cluster;
  readonly #sender: Sender;
  readonly #queues = new Map<string, TopicQueue>();
  readonly #targets = new Map<string, WrittenTarget>();
  #seq = 0;
  /** Of the batch that is being appended. */
  #target: WrittenTarget | undefined;
  #timestampMs = 0;
  #valueLimit = usualMessageLimit - roomForHeaders;
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
    this.#encoder = new RemoteWriteValue(options);
    if ((options.writeRelabelRules?.length ?? 0) > 0) {
      this.#relabelled = new RelabelledBatches(options);
    }
    this.#stats = new DeliveryStats(new DeliveryLog(options.name, logger, clock, 'kafka_write'));
    const credentials = new Credentials(options, http.files);
    this.#cluster = new Cluster({ kafkajs, clock, options, credentials, lookup: http.lookup });
    const stats = this.#stats;
    this.#sender = new Sender({
      kafkajs,
      cluster: this.#cluster,
      clock,
      logger,
      options,
      codec: codecOf(options.compression),
      stats: {
        post: (bytes, nowMs, send) => stats.post(bytes, nowMs, send),
        delivered: (samples, timestampMs) => stats.delivered(samples, timestampMs),
        failed: (samples, words) => stats.failed(samples, failure(words)),
        rejected: (samples, words) => stats.rejected(samples, failure(words)),
      },
      settled: () => this.#settled(),
      split: (message) => splitMessage(message, options.format),
    });
  }

  get memoryBytes(): number {
    const kept = this.#encoder.memoryBytes + this.#builder.memoryBytes;
    const relabelled = this.#relabelled?.memoryBytes ?? 0;
    return this.#sum((queue) => queue.memoryBytes) + this.#sender.pendingBytes + kept + relabelled;
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
    const target = this.#targetOf(scraped);
    this.#target = target;
    this.#timestampMs = batch.timestampMs;
    this.#valueLimit = target.queue.writer.maxMessageBytes - roomForHeaders;
    try {
      this.#builder.begin();
      this.#encoder.encode(batch, this.#partOf(target, batch), this.#addPiece);
      if (this.#builder.valueBytes > 0) this.#emit();
    } catch (error) {
      this.#lose(target, error);
    }
    target.queue.appended();
    this.#makeRoomFor(target.queue);
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
    const largest = this.#largestQueue();
    if (largest !== undefined) this.#countDropped(largest.makeRoom(bytes));
  }

  forget(targetId: string): void {
    this.#relabelled?.forget(targetId);
    const target = this.#targets.get(targetId);
    if (target === undefined) return;
    for (const part of target.parts) this.#encoder.forget(part);
    this.#targets.delete(targetId);
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
      durable: undefined,
    };
  }

  close(deadlineMs: number): Promise<void> {
    this.#closed ??= this.#close(deadlineMs);
    return this.#closed;
  }

  #targetOf({ targetId, targetLabels = new Map() }: ScrapeBatch): WrittenTarget {
    let target = this.#targets.get(targetId);
    if (target === undefined) {
      const queue = this.#queueOf(topicOf(this.#options.topic, targetLabels));
      target = { queue, head: this.#headOf(targetId, targetLabels), parts: [] };
      this.#targets.set(targetId, target);
    }
    return target;
  }

  #headOf(targetId: string, labels: ReadonlyMap<string, string>): MessageHead {
    const { owner, epoch, lane, replica } = this.#parts.source;
    const headers = {
      format: this.#options.format,
      job: labels.get('job') ?? '',
      instance: labels.get('instance') ?? '',
      target: targetId,
      epoch: String(epoch),
      owner,
      lane,
      replica: String(replica),
    };
    const key = Buffer.from(targetId);
    return {
      key,
      keyHash: murmur2(key),
      headers: encodeHeaders(headers),
      headerCount: Object.keys(headers).length,
    };
  }

  #queueOf(topic: string): TopicQueue {
    let queue = this.#queues.get(topic);
    if (queue === undefined) {
      queue = new TopicQueue(topic, this.#options, {
        ...this.#parts,
        dropped: (reason, samples) => this.#stats.queueDropped(reason, samples),
        wake: () => this.#sender.wake(),
      });
      this.#queues.set(topic, queue);
      this.#sender.add(queue.writer);
    }
    return queue;
  }

  #partOf({ parts }: WrittenTarget, { place }: ScrapeBatch): KeptPart {
    const { index, count } = place ?? { index: 0, count: 1 };
    // A target that has become smaller.
    while (parts.length > count + 1) this.#encoder.forget(parts.pop()!);
    parts[index] ??= this.#encoder.newPart();
    return parts[index];
  }

  readonly #addPiece = (piece: Fragment): void => {
    const builder = this.#builder;
    if (builder.valueBytes > 0 && builder.valueBytes + piece.bytes.length > this.#valueLimit) {
      this.#emit();
      builder.begin();
    }
    builder.add(piece);
  };

  #emit(): void {
    const { queue, head } = this.#target!;
    const timestampMs = Math.floor(this.#timestampMs);
    const message = this.#builder.finish(
      head,
      this.#nextSeq(),
      timestampMs,
      this.#encoder.isSnappy,
    );
    this.#countDropped(queue.append(head.keyHash, message));
    this.#stats.queued(message.highestTimestampMs);
  }

  /** By the clock, so that it goes on rising after a restart and in another thread. */
  #nextSeq(): number {
    this.#seq = Math.max(this.#seq + seqStep, this.#parts.clock.nowMs() * 1000);
    return this.#seq;
  }

  /** Memory for a large batch was refused, or its series table broke: the port lets nothing throw. */
  #lose(target: WrittenTarget, error: unknown): void {
    for (const part of target.parts) this.#encoder.forget(part);
    target.parts.length = 0;
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
    for (const queue of this.#queues.values()) this.#stats.closed(await queue.close());
    // Nothing waits any more, whatever became of it.
    for (const { resolve } of this.#flushes.splice(0)) resolve();
    this.#targets.clear();
    this.#cluster.close();
  }
}

function failure(words: string) {
  return { status: 0, retryAfter: undefined, words };
}
