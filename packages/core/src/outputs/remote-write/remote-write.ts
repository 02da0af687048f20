import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { HttpClientDeps } from '../../http-client/http-transport.js';
import type { Logger } from '../../logger.js';
import { DeliveryLog } from '../delivery/delivery-log.js';
import { DeliveryStats } from '../delivery/delivery-stats.js';
import type { Output, OutputStatus } from '../output.js';
import { DurableQueue } from '../queue/lanes/durable-queue.js';
import { FragmentQueue, type QueueBounds } from '../queue/lanes/fragment-queue.js';
import type { WriteBatch } from '../queue/lanes/write-batch.js';
import type { QueueStore } from '../queue/queue-options.js';
import { RelabelledBatches } from '../relabelled-batches.js';
import type { ScrapeBatch } from '../scrape-batch.js';
import type { Fragment } from '../wire/fragment.js';
import { unsupportedBy1 } from '../wire/v1/write-request.js';
import type { SymbolTable } from '../wire/v2/symbol-table.js';
import { folderOf } from './queue-folder.js';
import type { RemoteWriteOptions } from './remote-write-options.js';
import { Endpoint } from './send/endpoint.js';
import { Flushes } from './send/flushes.js';
import { LaneSenders } from './send/lane-senders.js';
import { MetadataSender } from './send/metadata-sender.js';
import { ReceiverState } from './send/receiver-state.js';
import { urlWithoutCredentials } from './send/request-headers.js';
import { SideLane } from './send/side-lane.js';
import { TargetFragments, type WrittenTarget } from './target-fragments.js';

export interface RemoteWriteParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly http: HttpClientDeps;
  /** Bytes the queue may allocate. */
  readonly queueBytes: number;
  /** Default: the queue is in memory alone. */
  readonly queueStore?: QueueStore | undefined;
}

/**
 * Delivers to a remote-write receiver, 1.0 or 2.0. Scrapes become compressed fragments in lanes by target;
 * each lane has one request under way, so the samples of a series arrive in order.
 */
export class RemoteWrite implements Output {
  readonly name: string;
  readonly #parts: RemoteWriteParts;
  readonly #options: RemoteWriteOptions;
  readonly #fragments: TargetFragments;
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
  readonly #senders: LaneSenders;
  /** Of the batch that is being appended. */
  #lane = 0;
  #hash = 0;
  #closed: Promise<void> | undefined;
  readonly #flushes = new Flushes((sequence) => (this.#durable ?? this.#queue).isSettled(sequence));

  constructor(options: RemoteWriteOptions, parts: RemoteWriteParts) {
    const { clock, logger, http } = parts;
    const { capacity, maxShards } = options.queue;
    // A request of more samples than a shard may hold could never fill.
    const samplesPerBatch = Math.min(options.queue.maxSamplesPerSend, capacity);
    this.name = options.name;
    this.#options = options;
    this.#parts = parts;
    this.#fragments = new TargetFragments(options, samplesPerBatch);
    if ((options.writeRelabelRules?.length ?? 0) > 0) {
      this.#relabelled = new RelabelledBatches(options);
    }
    this.#stats = new DeliveryStats(new DeliveryLog(options.name, logger, clock));
    const bounds = { samples: capacity * maxShards, bytes: parts.queueBytes, samplesPerBatch };
    this.#durable = parts.queueStore && this.#openDurable(parts.queueStore, bounds);
    this.#queue = this.#durable?.lanes ?? new FragmentQueue(bounds);
    this.#endpoint = new Endpoint(options, http);
    this.#receiver = new ReceiverState((why) => this.#fallBack(why));
    this.#metadata = this.#createMetadataSender();
    this.#side = new SideLane({
      clock,
      maxAgeMs: parts.queueStore?.options.maxAgeMs,
      settled: ({ batch }) => this.#settle(batch),
      giveUp: ({ batch }) => {
        this.#stats.givenUp(batch.samples);
        this.#settle(batch);
      },
    });
    this.#senders = this.#createSenders();
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
    if (histograms !== undefined && this.#fragments.version === 1) {
      this.#stats.unsupported(unsupportedBy1(histograms.samples));
    }
    const target = this.#fragments.target(batch.targetId);
    this.#hash = target.hash;
    this.#lane = this.#laneOf(target.hash);
    try {
      this.#fragments.encode(batch, target, this.#sink);
      if (this.#fragments.version === 1) this.#metadata?.note(batch);
    } catch (error) {
      this.#lose(target, error);
    }
    this.#durable?.appended();
    this.#senders.wake(this.#lane);
  }

  flush(): Promise<void> {
    const flushed = this.#flushes.wait(this.#newestSequence);
    if (flushed !== undefined) this.#senders.hurry(this.#queue.newestSequence);
    return flushed ?? Promise.resolve();
  }

  makeRoom(bytes: number): void {
    if (this.#durable === undefined) this.#countDropped(this.#queue.makeRoom(bytes));
    else this.#durable.makeRoom();
  }

  forget(targetId: string): void {
    this.#relabelled?.forget(targetId);
    this.#metadata?.forget(targetId);
    this.#fragments.forget(targetId);
  }

  get hasRoom(): boolean {
    return this.#durable?.hasRoom ?? !this.#queue.isHalfFull;
  }

  /** Queue, templates and buffers. */
  get memoryBytes(): number {
    const kept = (this.#relabelled?.memoryBytes ?? 0) + (this.#metadata?.memoryBytes ?? 0);
    return (this.#durable ?? this.#queue).memoryBytes + this.#fragments.memoryBytes + kept;
  }

  status(): OutputStatus {
    const queue = this.#durable ?? this.#queue;
    return {
      ...this.#stats.status(),
      name: this.name,
      url: urlWithoutCredentials(this.#options.url),
      protocolVersion: this.#fragments.version === 1 ? '1.0' : '2.0',
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

  #createMetadataSender(): MetadataSender | undefined {
    const { metadata, queue } = this.#options;
    if (metadata === undefined) return undefined;
    return new MetadataSender({
      clock: this.#parts.clock,
      options: metadata,
      stats: this.#stats,
      endpoint: this.#endpoint,
      // Beside the lanes' and the one for batches that were set aside.
      connection: queue.maxShards + 1,
    });
  }

  /** What is queued already is translated when its turn comes. */
  #fallBack(why: string): void {
    this.#parts.logger.warn(
      { output: this.name, why },
      'remote_write receiver does not know 2.0: samples go out as 1.0 until the next start',
    );
    // Of a lane the 2.0 part leaves first: it came before.
    this.#fragments.fallBack((hash, symbols) => this.#queue.seal(this.#laneOf(hash), symbols));
  }

  #settle(batch: WriteBatch): void {
    this.#queue.settle(batch);
    this.#settled(undefined);
  }

  #countDropped(samples: number): void {
    if (samples === 0) return;
    this.#stats.queueFull(samples);
    this.#flushes.look();
  }

  /** Memory for a large batch was refused, or its series table broke: the port lets nothing throw. */
  #lose(target: WrittenTarget, error: unknown): void {
    this.#fragments.forgetParts(target);
    const { samplesAppended, samplesSent, samplesDropped } = this.#stats;
    const dropped = Object.values(samplesDropped).reduce((sum, samples) => sum + samples);
    const recovered = this.#durable?.status().samplesRecovered ?? 0;
    const lost = samplesAppended + recovered - samplesSent - dropped - this.#queuedSamples;
    this.#stats.queueFull(lost, messageOf(error));
  }

  readonly #settled = (sendMs: number | undefined): void => {
    this.#durable?.refill();
    this.#senders.settled(sendMs);
    this.#flushes.look();
  };

  #openDurable(store: QueueStore, bounds: QueueBounds): DurableQueue {
    return new DurableQueue({
      store,
      bounds,
      name: this.name,
      folder: folderOf(this.#options),
      clock: this.#parts.clock,
      logger: this.#parts.logger,
      dropped: (reason, samples) => this.#stats.queueDropped(reason, samples),
      wake: (lane) => this.#senders.wake(lane),
    });
  }

  #laneOf(hash: number): number {
    return this.#durable?.laneOf(hash) ?? hash % this.#queue.laneCount;
  }

  get #newestSequence(): number {
    return (this.#durable ?? this.#queue).newestSequence;
  }

  /** In memory and on the disk. */
  get #queuedSamples(): number {
    return (this.#durable ?? this.#queue).samples;
  }

  #createSenders(): LaneSenders {
    return new LaneSenders({
      name: this.name,
      clock: this.#parts.clock,
      logger: this.#parts.logger,
      options: this.#options.queue,
      endpoint: this.#endpoint,
      stats: this.#stats,
      receiver: this.#receiver,
      side: this.#side,
      queue: this.#queue,
      addLanes: (count) => (this.#durable ?? this.#queue).addLanes(count),
      settledPart: (batch, samples) => this.#queue.sentPart(batch, samples),
      settled: this.#settled,
    });
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#senders.flush();
    await this.#flushes.waitUntil(this.#newestSequence, this.#parts.clock, deadlineMs);
    this.#senders.stop();
    this.#side.stop();
    this.#metadata?.stop();
    const left = this.#queue.clear();
    // What is on the disk is sent by the next process.
    this.#stats.leftBehind(this.#durable === undefined ? left : await this.#durable.close());
    this.#flushes.look();
    this.#fragments.clear();
    await this.#endpoint.close();
  }
}
