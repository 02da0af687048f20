import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { HttpClientDeps } from '../../http-client/http-transport.js';
import type { Logger } from '../../logger.js';
import type { Output, OutputStatus } from '../output.js';
import type { BatchHistograms, ScrapeBatch } from '../scrape-batch.js';
import { DurableQueue, type QueueStore } from './lanes/durable-queue.js';
import { FragmentQueue, type QueueBounds } from './lanes/fragment-queue.js';
import { folderOf } from './lanes/queue-folder.js';
import type { WriteBatch } from './lanes/write-batch.js';
import { RelabelledBatches } from './relabelled-batches.js';
import type { RemoteWriteOptions } from './remote-write-options.js';
import type { DeliveryParts } from './send/delivery.js';
import { DeliveryLog } from './send/delivery-log.js';
import { DeliveryStats } from './send/delivery-stats.js';
import { Endpoint } from './send/endpoint.js';
import { ReceiverState } from './send/receiver-state.js';
import { Sender } from './send/sender.js';
import { ShardGrowth } from './send/shard-growth.js';
import { SideLane } from './send/side-lane.js';
import { BatchEncoder, TargetTemplates } from './v1/batch-encoder.js';
import { MetadataSender } from './v1/metadata-sender.js';
import { fitsVersion1 } from './v1/write-request.js';
import { KeptSeries, SeriesEncoding } from './v2/series-encoding.js';
import type { SymbolTable } from './v2/symbol-table.js';
import type { Fragment } from './wire/fragment.js';

/** Of a batch that is all of its scrape. */
const onlyPlace = { index: 0, count: 1 };
/** Small parts of a target fill a request to its last quarter; smaller ones compress worse. */
const partsPerRequest = 4;
/** Of 2.0, where each request carries its symbols too: fuller ones pay. */
const partsPerRequest2 = 10;

export interface RemoteWriteParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly http: HttpClientDeps;
  /** Bytes the queue may allocate. */
  readonly queueBytes: number;
  /** Default: the queue is in memory alone. */
  readonly queueStore?: QueueStore | undefined;
}

interface WrittenTarget {
  readonly hash: number;
  /** By the place of a part; of most targets there is one. */
  readonly parts: WrittenPart[];
}

interface WrittenPart {
  readonly templates: TargetTemplates;
  /** Of remote write 2.0. */
  readonly series: KeptSeries;
}

/**
 * Delivers to a remote-write receiver, 1.0 or 2.0. Scrapes become compressed fragments in lanes by target;
 * each lane has one request under way, so the samples of a series arrive in order.
 */
export class RemoteWrite implements Output {
  readonly name: string;
  readonly #parts: RemoteWriteParts;
  readonly #options: RemoteWriteOptions;
  readonly #encoder: BatchEncoder;
  /** Undefined where 1.0 is sent. */
  #series: SeriesEncoding | undefined;
  readonly #relabelled: RelabelledBatches | undefined;
  /** Of 1.0; 2.0 has metadata beside its samples. */
  readonly #metadata: MetadataSender | undefined;
  readonly #receiver: ReceiverState;
  readonly #side: SideLane;
  readonly #queue: FragmentQueue;
  /** Keeps the queue on the disk. */
  readonly #durable: DurableQueue | undefined;
  readonly #endpoint: Endpoint;
  readonly #stats: DeliveryStats;
  readonly #growth: ShardGrowth;
  readonly #senders: Sender[] = [];
  readonly #targets = new Map<string, WrittenTarget>();
  /** Of the batch that is being appended. */
  #lane = 0;
  #hash = 0;
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
    const samplesPerPart = Math.ceil(samplesPerBatch / partsPerRequest);
    const { sendNativeHistograms = false, sendExemplars = false } = options;
    this.#encoder = new BatchEncoder(samplesPerPart, sendNativeHistograms, sendExemplars);
    if (options.version === 2) {
      const sendMetadata = options.metadata !== undefined;
      const kinds = { sendNativeHistograms, sendExemplars, sendMetadata };
      const samplesPerPart2 = Math.ceil(samplesPerBatch / partsPerRequest2);
      this.#series = new SeriesEncoding({ samplesPerPart: samplesPerPart2, ...kinds });
    }
    if ((options.writeRelabelRules?.length ?? 0) > 0) {
      this.#relabelled = new RelabelledBatches(options);
    }
    this.#stats = new DeliveryStats(new DeliveryLog(options.name, logger, clock));
    const bounds = { samples: capacity * maxShards, bytes: parts.queueBytes, samplesPerBatch };
    this.#durable = parts.queueStore && this.#openDurable(parts.queueStore, bounds);
    this.#queue = this.#durable?.lanes ?? new FragmentQueue(bounds);
    this.#endpoint = new Endpoint(options, http);
    this.#growth = new ShardGrowth(maxShards, clock.monotonicMs());
    this.#receiver = new ReceiverState((why) => this.#fallBack(why));
    this.#metadata = this.#createMetadataSender();
    this.#side = new SideLane({
      clock,
      sentPart: ({ batch }, samples) => this.#queue.sentPart(batch, samples),
      settled: ({ batch }) => this.#settle(batch),
      giveUp: ({ batch }) => {
        this.#stats.givenUp(batch.samples);
        this.#settle(batch);
      },
    });
    if ((options.queue.minShards ?? 1) > 1) this.#addLanes(options.queue.minShards! - 1);
    this.#addSenders();
  }

  append(scraped: ScrapeBatch): void {
    const batch = this.#relabelled?.apply(scraped) ?? scraped;
    const histograms = this.#options.sendNativeHistograms === true ? batch.histograms : undefined;
    const samples = batch.count + batch.staleCount + (histograms?.count ?? 0);
    this.#stats.samplesAppended += samples;
    if (this.#closed !== undefined) {
      this.#stats.closed(samples);
      return;
    }
    if (histograms !== undefined && this.#series === undefined) {
      this.#countUnsupported(histograms);
    }
    const target = this.#targetOf(batch.targetId);
    this.#hash = target.hash;
    this.#lane = this.#laneOf(target.hash);
    try {
      const part = this.#partOf(target, batch);
      if (this.#series === undefined) {
        this.#encoder.encode(batch, part.templates, this.#enqueue);
        this.#noteFamilies(batch);
      } else this.#series.encode(batch, part.series, this.#sink);
    } catch (error) {
      this.#lose(target, error);
    }
    this.#durable?.appended();
    this.#wakeHeld();
    this.#senders[this.#lane]!.wake();
  }

  flush(): Promise<void> {
    const inLanes = this.#queue.newestSequence;
    const sequence = this.#durable?.newestSequence ?? inLanes;
    if (this.#isSettled(sequence)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#flushes.push({ sequence, resolve });
      for (const sender of this.#senders) sender.hurry(inLanes);
    });
  }

  makeRoom(bytes: number): void {
    if (this.#durable === undefined) this.#countDropped(this.#queue.makeRoom(bytes));
    else this.#durable.makeRoom();
  }

  forget(targetId: string): void {
    this.#relabelled?.forget(targetId);
    this.#metadata?.forget(targetId);
    const target = this.#targets.get(targetId);
    if (target === undefined) return;
    for (const part of target.parts) this.#forgetPart(part);
    this.#targets.delete(targetId);
  }

  get hasRoom(): boolean {
    return !this.#queue.isHalfFull;
  }

  /** Queue, templates and buffers. */
  get memoryBytes(): number {
    const kept = (this.#relabelled?.memoryBytes ?? 0) + (this.#metadata?.memoryBytes ?? 0);
    const encoders = this.#encoder.memoryBytes + (this.#series?.memoryBytes ?? 0);
    return (this.#durable ?? this.#queue).memoryBytes + encoders + kept;
  }

  status(): OutputStatus {
    const queue = this.#durable ?? this.#queue;
    return {
      ...this.#stats.status(),
      name: this.name,
      url: withoutCredentials(this.#options.url),
      protocolVersion: this.#series === undefined ? '1.0' : '2.0',
      queueBytes: queue.bytes,
      queueSamples: queue.samples,
      queueOldestMs: this.#oldestMs ?? 0,
      batchesAside: this.#side.batches,
      samplesAside: this.#side.samples,
      durable: this.#durable?.status(),
    };
  }

  /** Unix ms. */
  get #oldestMs(): number | undefined {
    if (this.#durable !== undefined) return this.#durable.oldestMs;
    const { clock } = this.#parts;
    const { oldestMs } = this.#queue;
    if (oldestMs === undefined) return undefined;
    return clock.nowMs() - (clock.monotonicMs() - oldestMs);
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

  #partOf({ parts }: WrittenTarget, { place }: ScrapeBatch): WrittenPart {
    const { index, count } = place ?? onlyPlace;
    // A target that has become smaller.
    while (parts.length > count + 1) this.#forgetPart(parts.pop()!);
    parts[index] ??= { templates: new TargetTemplates(), series: new KeptSeries() };
    return parts[index];
  }

  #forgetPart({ templates, series }: WrittenPart): void {
    this.#encoder.forget(templates);
    this.#series?.forget(series);
  }

  readonly #enqueue = (fragment: Fragment): void => {
    this.#stats.queued(fragment.highestTimestampMs);
    if (this.#durable === undefined) {
      const nowMs = this.#parts.clock.monotonicMs();
      this.#countDropped(this.#queue.append(this.#lane, fragment, nowMs));
    } else this.#durable.append(this.#hash, fragment);
  };

  readonly #sink = {
    emit: this.#enqueue,
    seal: (symbols: SymbolTable): void => this.#queue.seal(this.#lane, symbols),
  };

  /** Half a millisecond a target, when its HELP and TYPE lines are new. */
  #noteFamilies({ targetId, families }: ScrapeBatch): void {
    if (this.#metadata === undefined || families === undefined) return;
    if (this.#metadata.isKnown(targetId, families.version)) return;
    this.#metadata.note(targetId, families.version, families.read());
  }

  #createMetadataSender(): MetadataSender | undefined {
    const { metadata, queue } = this.#options;
    if (metadata === undefined) return undefined;
    return new MetadataSender({
      clock: this.#parts.clock,
      options: metadata,
      // A connection of its own, beside the lanes' and the one for batches that were set aside.
      post: async (body) => {
        const { status } = await this.#stats.post(
          body.length,
          () => this.#parts.clock.monotonicMs(),
          () => this.#endpoint.post(queue.maxShards + 1, body, 0),
        );
        return status !== 0 && status < 500;
      },
    });
  }

  /** What is queued already is translated when its turn comes. */
  #fallBack(why: string): void {
    this.#parts.logger.warn(
      { output: this.name, why },
      'remote_write receiver does not know 2.0: samples go out as 1.0 until the next start',
    );
    // Of a lane the 2.0 part leaves first: it came before.
    for (const { hash, parts } of this.#targets.values()) {
      for (const { lastTable } of parts.map(({ series }) => series)) {
        if (lastTable !== undefined) this.#queue.seal(this.#laneOf(hash), lastTable);
      }
    }
    this.#targets.clear();
    this.#series = undefined;
  }

  #settle(batch: WriteBatch): void {
    this.#queue.settle(batch);
    this.#settled(undefined);
  }

  #countDropped(samples: number): void {
    if (samples === 0) return;
    this.#stats.queueFull(samples);
    this.#endFlushes();
  }

  /** Memory for a large batch was refused, or its series table broke: the port lets nothing throw. */
  #lose(target: WrittenTarget, error: unknown): void {
    for (const part of target.parts) this.#forgetPart(part);
    const { samplesAppended, samplesSent, samplesDropped } = this.#stats;
    const dropped = Object.values(samplesDropped).reduce((sum, samples) => sum + samples);
    const recovered = this.#durable?.status().samplesRecovered ?? 0;
    const lost = samplesAppended + recovered - samplesSent - dropped - this.#queuedSamples;
    this.#stats.queueFull(lost, messageOf(error));
  }

  readonly #settled = (sendMs: number | undefined): void => {
    this.#durable?.refill();
    if (sendMs !== undefined) this.#grow(sendMs);
    this.#wakeHeld();
    if (this.#queuedSamples === 0) this.#drained?.();
    if (this.#flushes.length > 0) this.#endFlushes();
  };

  #endFlushes(): void {
    this.#flushes = this.#flushes.filter(({ sequence, resolve }) => {
      const isDone = this.#isSettled(sequence);
      if (isDone) resolve();
      return !isDone;
    });
  }

  #grow(sendMs: number): void {
    const queue = this.#queue;
    const nowMs = this.#parts.clock.monotonicMs();
    const more = this.#growth.sent(sendMs, queue.laneCount, queue.isBehind, nowMs);
    if (more === 0 || queue.isHolding || this.#closed !== undefined) return;
    this.#addLanes(more);
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

  #openDurable(store: QueueStore, bounds: QueueBounds): DurableQueue {
    return new DurableQueue({
      store,
      bounds,
      name: this.name,
      folder: folderOf(this.#options),
      clock: this.#parts.clock,
      logger: this.#parts.logger,
      dropped: (reason, samples) => this.#stats.queueDropped(reason, samples),
      wake: (lane) => this.#senders[lane]!.wake(),
    });
  }

  #laneOf(hash: number): number {
    return this.#durable?.laneOf(hash) ?? hash % this.#queue.laneCount;
  }

  #addLanes(count: number): void {
    (this.#durable ?? this.#queue).addLanes(count);
  }

  /** In memory and on the disk. */
  get #queuedSamples(): number {
    return (this.#durable ?? this.#queue).samples;
  }

  #isSettled(sequence: number): boolean {
    return (this.#durable ?? this.#queue).isSettled(sequence);
  }

  #addSenders(): void {
    const delivery: DeliveryParts = {
      clock: this.#parts.clock,
      endpoint: this.#endpoint,
      stats: this.#stats,
      receiver: this.#receiver,
      options: this.#options.queue,
    };
    const parts = { ...delivery, queue: this.#queue, side: this.#side, settled: this.#settled };
    while (this.#senders.length < this.#queue.laneCount) {
      this.#senders.push(new Sender(this.#senders.length, parts));
    }
  }

  async #close(deadlineMs: number): Promise<void> {
    for (const sender of this.#senders) sender.flush();
    if (this.#queuedSamples > 0) {
      await new Promise<void>((resolve) => {
        const deadline = this.#parts.clock.setTimer(deadlineMs, resolve);
        this.#drained = () => {
          deadline.cancel();
          resolve();
        };
      });
    }
    for (const sender of this.#senders) sender.stop();
    this.#side.stop();
    this.#metadata?.stop();
    const left = this.#queue.clear();
    // What is on the disk is sent by the next process.
    this.#stats.closed(this.#durable === undefined ? left : await this.#durable.close());
    this.#endFlushes();
    this.#targets.clear();
    await this.#endpoint.close();
  }
}

function withoutCredentials(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** FNV-1a, 32 bits. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
