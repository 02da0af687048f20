import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { HttpClientDeps } from '../../http-client/http-transport.js';
import type { Logger } from '../../logger.js';
import type { Output, OutputStatus } from '../output.js';
import type { BatchHistograms, ScrapeBatch } from '../scrape-batch.js';
import { BatchEncoder, TargetTemplates } from './batch-encoder.js';
import { DeliveryLog } from './delivery-log.js';
import { DeliveryStats } from './delivery-stats.js';
import { Endpoint } from './endpoint.js';
import type { Fragment } from './fragment.js';
import { FragmentQueue } from './fragment-queue.js';
import type { RemoteWriteOptions } from './remote-write-options.js';
import { Sender } from './sender.js';
import { ShardGrowth } from './shard-growth.js';
import { fitsVersion1 } from './write-request.js';

/** Of a batch that is all of its scrape. */
const onlyPlace = { index: 0, count: 1 };
/** Small parts of a target fill a request to its last quarter; smaller ones compress worse. */
const partsPerRequest = 4;

export interface RemoteWriteParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly http: HttpClientDeps;
  /** Bytes the queue may allocate. */
  readonly queueBytes: number;
}

interface WrittenTarget {
  readonly hash: number;
  /** By the place of a part; of most targets there is one. */
  readonly parts: TargetTemplates[];
}

/**
 * Delivers to a remote-write 1.0 receiver. Scrapes become compressed fragments in lanes by target;
 * each lane has one request under way, so the samples of a series arrive in order.
 */
export class RemoteWrite implements Output {
  readonly name: string;
  readonly #parts: RemoteWriteParts;
  readonly #options: RemoteWriteOptions;
  readonly #encoder: BatchEncoder;
  readonly #queue: FragmentQueue;
  readonly #endpoint: Endpoint;
  readonly #stats: DeliveryStats;
  readonly #growth: ShardGrowth;
  readonly #senders: Sender[] = [];
  readonly #targets = new Map<string, WrittenTarget>();
  /** The lane of the batch that is being appended. */
  #lane = 0;
  #isHeld = false;
  #closed: Promise<void> | undefined;
  #drained: (() => void) | undefined;
  #flushes: { sequence: number; resolve: () => void }[] = [];

  constructor(options: RemoteWriteOptions, parts: RemoteWriteParts) {
    const { clock, logger, http } = parts;
    const { capacity, maxShards } = options.queue;
    // A request of more samples than a shard may hold could never fill.
    const samplesPerBatch = Math.min(options.queue.maxSamplesPerSend, capacity);
    this.name = options.name;
    this.#options = options;
    this.#parts = parts;
    this.#encoder = new BatchEncoder(
      Math.ceil(samplesPerBatch / partsPerRequest),
      options.sendNativeHistograms,
    );
    this.#queue = new FragmentQueue({
      samples: capacity * maxShards,
      bytes: parts.queueBytes,
      samplesPerBatch,
    });
    this.#endpoint = new Endpoint(options, http);
    this.#stats = new DeliveryStats(new DeliveryLog(options.name, logger, clock));
    this.#growth = new ShardGrowth(maxShards, clock.monotonicMs());
    this.#addSenders();
  }

  append(batch: ScrapeBatch): void {
    const histograms = this.#options.sendNativeHistograms === true ? batch.histograms : undefined;
    const samples = batch.count + batch.staleCount + (histograms?.count ?? 0);
    this.#stats.samplesAppended += samples;
    if (this.#closed !== undefined) {
      this.#stats.closed(samples);
      return;
    }
    if (histograms !== undefined) this.#countUnsupported(histograms);
    const target = this.#targetOf(batch.targetId);
    this.#lane = target.hash % this.#queue.laneCount;
    try {
      this.#encoder.encode(batch, this.#templatesOf(target, batch), this.#enqueue);
    } catch (error) {
      this.#lose(target, error);
    }
    this.#wakeHeld();
    this.#senders[this.#lane]!.wake();
  }

  flush(): Promise<void> {
    const sequence = this.#queue.newestSequence;
    if (this.#queue.isSettled(sequence)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#flushes.push({ sequence, resolve });
      for (const sender of this.#senders) sender.hurry(sequence);
    });
  }

  makeRoom(bytes: number): void {
    this.#countDropped(this.#queue.makeRoom(bytes));
  }

  forget(targetId: string): void {
    const target = this.#targets.get(targetId);
    if (target === undefined) return;
    for (const templates of target.parts) this.#encoder.forget(templates);
    this.#targets.delete(targetId);
  }

  get hasRoom(): boolean {
    return !this.#queue.isHalfFull;
  }

  /** Queue, templates and buffers. */
  get memoryBytes(): number {
    return this.#queue.memoryBytes + this.#encoder.memoryBytes;
  }

  status(): OutputStatus {
    const stats = this.#stats;
    return {
      name: this.name,
      samplesAppended: stats.samplesAppended,
      samplesSent: stats.samplesSent,
      samplesRetried: stats.samplesRetried,
      samplesDropped: { ...stats.samplesDropped },
      requestsSent: stats.requestsSent,
      bytesSent: stats.bytesSent,
      queueBytes: this.#queue.bytes,
      queueSamples: this.#queue.samples,
      highestSentTimestampMs: stats.highestSentTimestampMs,
      lastError: stats.lastError,
    };
  }

  close(deadlineMs: number): Promise<void> {
    this.#closed ??= this.#close(deadlineMs);
    return this.#closed;
  }

  #countUnsupported({ samples }: BatchHistograms): void {
    const unsupported = samples.reduce((sum, one) => (fitsVersion1(one) ? sum : sum + 1), 0);
    if (unsupported > 0) this.#stats.unsupported(unsupported);
  }

  #targetOf(id: string): WrittenTarget {
    let target = this.#targets.get(id);
    if (target === undefined) {
      target = { hash: hashOf(id), parts: [] };
      this.#targets.set(id, target);
    }
    return target;
  }

  #templatesOf({ parts }: WrittenTarget, { place }: ScrapeBatch): TargetTemplates {
    const { index, count } = place ?? onlyPlace;
    // A target that has become smaller.
    while (parts.length > count + 1) this.#encoder.forget(parts.pop()!);
    parts[index] ??= new TargetTemplates();
    return parts[index];
  }

  readonly #enqueue = (fragment: Fragment): void => {
    this.#countDropped(this.#queue.append(this.#lane, fragment, this.#parts.clock.monotonicMs()));
  };

  #countDropped(samples: number): void {
    if (samples === 0) return;
    this.#stats.queueFull(samples);
    this.#endFlushes();
  }

  /** Memory for a large batch was refused, or its series table broke: the port lets nothing throw. */
  #lose(target: WrittenTarget, error: unknown): void {
    for (const templates of target.parts) this.#encoder.forget(templates);
    const { samplesAppended, samplesSent, samplesDropped } = this.#stats;
    const dropped = Object.values(samplesDropped).reduce((sum, samples) => sum + samples);
    const lost = samplesAppended - samplesSent - dropped - this.#queue.samples;
    this.#stats.queueFull(lost, messageOf(error));
  }

  readonly #settled = (sendMs: number | undefined): void => {
    if (sendMs !== undefined) this.#grow(sendMs);
    this.#wakeHeld();
    if (this.#queue.samples === 0) this.#drained?.();
    if (this.#flushes.length > 0) this.#endFlushes();
  };

  #endFlushes(): void {
    this.#flushes = this.#flushes.filter(({ sequence, resolve }) => {
      const isDone = this.#queue.isSettled(sequence);
      if (isDone) resolve();
      return !isDone;
    });
  }

  #grow(sendMs: number): void {
    const queue = this.#queue;
    const nowMs = this.#parts.clock.monotonicMs();
    const more = this.#growth.sent(sendMs, queue.laneCount, queue.isBehind, nowMs);
    if (more === 0 || queue.isHolding || this.#closed !== undefined) return;
    queue.addLanes(more);
    this.#addSenders();
    this.#isHeld = true;
    const shards = queue.laneCount;
    this.#parts.logger.debug({ output: this.name, shards }, 'remote_write sends in more shards');
  }

  /** After the queue let go of the batches it held back, their senders do not know. */
  #wakeHeld(): void {
    if (!this.#isHeld || this.#queue.isHolding) return;
    this.#isHeld = false;
    for (const sender of this.#senders) sender.wake();
  }

  #addSenders(): void {
    const parts = {
      clock: this.#parts.clock,
      queue: this.#queue,
      endpoint: this.#endpoint,
      stats: this.#stats,
      options: this.#options.queue,
      settled: this.#settled,
    };
    while (this.#senders.length < this.#queue.laneCount) {
      this.#senders.push(new Sender(this.#senders.length, parts));
    }
  }

  async #close(deadlineMs: number): Promise<void> {
    for (const sender of this.#senders) sender.flush();
    if (this.#queue.samples > 0) {
      await new Promise<void>((resolve) => {
        const deadline = this.#parts.clock.setTimer(deadlineMs, resolve);
        this.#drained = () => {
          deadline.cancel();
          resolve();
        };
      });
    }
    for (const sender of this.#senders) sender.stop();
    this.#stats.closed(this.#queue.clear());
    this.#endFlushes();
    this.#targets.clear();
    await this.#endpoint.close();
  }
}

/** FNV-1a, 32 bits. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
