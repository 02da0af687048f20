import path from 'node:path';
import type { Clock, ClockTimer } from '../../../clock.js';
import type { Logger } from '../../../logger.js';
import type { DurableQueueStatus } from '../../output.js';
import type { Fragment, RequestSymbols } from '../../wire/fragment.js';
import type { QueueStore } from '../queue-options.js';
import { heartbeatMs, silenceMs } from '../queue-owner.js';
import { QueueQuota } from '../queue-quota.js';
import { SegmentLog } from '../segment-log.js';
import type { QueueDropReason } from '../segment-log-parts.js';
import { Backlog } from './backlog.js';
import { FragmentQueue, type QueueBounds } from './fragment-queue.js';
import { QueueLog } from './queue-log.js';
import { StoredFragments } from './stored-fragment.js';
import type { WriteBatch } from './write-batch.js';

/**
 * Between an append and its write. What is written survives the process, and a thread that is late by
 * three times as much still keeps the promise of one second.
 */
const writeAfterMs = 250;
const syncAfterMs = 1_000;
/** How often dead owners are looked for. */
const adoptAfterMs = 10_000;
/** Read back at a time, so that the thread's scrapes do not wait. */
const readBytes = 1024 * 1024;
/** Batches that wait in front of each lane while the backlog is read back. */
const batchesPerLane = 4;
/** `newest_first`: what waits longer in memory is no longer fresh. */
const freshMs = 3_000;

export interface DurableQueueParts {
  readonly store: QueueStore;
  /** The output's, for the log. */
  readonly name: string;
  /** Of the output, below the store's. */
  readonly folder: string;
  readonly bounds: QueueBounds;
  /** Shared with other queues of the output; default: this is its only one. */
  readonly quota?: QueueQuota | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  dropped(reason: QueueDropReason, samples: number): void;
  /** Something was read back into the lane. */
  wake(lane: number): void;
}

/**
 * The queue of an output whose records are on the disk, too. While all of them are in memory a
 * fragment goes straight into its lane; else it waits on the disk until those before it are sent
 * (`per_series`), or those before it are sent in lanes of their own (`newest_first`).
 */
export class DurableQueue {
  readonly lanes: FragmentQueue;
  readonly #parts: DurableQueueParts;
  readonly #log: SegmentLog;
  readonly #words: QueueLog;
  readonly #backlog: Backlog;
  readonly #fragments = new StoredFragments();
  /** Symbols of the fragment that was read back last, by target. */
  readonly #lastSymbols = new Map<number, RequestSymbols | undefined>();
  readonly #isNewestFirst: boolean;
  readonly #startedMs: number;
  #timer: ClockTimer | undefined;
  #isDirty = false;
  #syncedMs: number;
  #adoptedMs: number;
  #sync: Promise<void> | undefined;
  #isClosed = false;

  /** @throws PromAgentError QUEUE_UNUSABLE */
  constructor(parts: DurableQueueParts) {
    const { store, name, folder, bounds, clock, logger } = parts;
    this.#parts = parts;
    this.#words = new QueueLog(name, logger);
    this.#backlog = new Backlog(name, logger);
    this.#isNewestFirst = store.options.order === 'newest_first';
    this.lanes = new FragmentQueue(bounds, {
      keepsOrder: !this.#isNewestFirst,
      settled: (batch) => this.#settled(batch),
      evicted: (batch) => this.#evicted(batch),
    });
    this.#startedMs = clock.monotonicMs();
    this.#syncedMs = this.#startedMs;
    this.#adoptedMs = this.#startedMs;
    const root = path.join(store.options.path, folder);
    this.#log = new SegmentLog(
      {
        root,
        agent: store.agent,
        thread: store.thread,
        options: store.options,
        quota: parts.quota ?? new QueueQuota(root, store.options.maxBytes, bounds.bytes),
        hooks: {
          dropped: parts.dropped,
          paused: (error) => this.#words.paused(error),
          recovered: (found) => this.#words.recovered(found),
          damaged: (file, records, error) => this.#words.damaged(file, records, error),
        },
      },
      clock.nowMs(),
    );
    if (this.#isNewestFirst) this.lanes.addLanes(1);
    this.#watch();
  }

  get samples(): number {
    return this.#log.segments.samples - this.lanes.partlySent;
  }

  get bytes(): number {
    return this.#log.segments.bytes;
  }

  get memoryBytes(): number {
    return this.lanes.memoryBytes + this.#log.memoryBytes;
  }

  /** What goes to the disk alone need not wait for room in memory. */
  get hasRoom(): boolean {
    const isOnDisk = this.#log.hasUnread && !this.#log.isPaused;
    return isOnDisk || !this.lanes.isHalfFull;
  }

  get newestSequence(): number {
    return this.#log.newestSequence;
  }

  status(): DurableQueueStatus {
    const log = this.#log;
    return {
      segments: log.segments.count,
      samplesRecovered: log.samplesRecovered,
      recordsDamaged: log.damagedRecords,
      segmentsMissing: log.missingSegments,
      isPaused: log.isPaused,
      drain: this.#backlog.status,
    };
  }

  /** When the oldest of what waits was appended, Unix ms; undefined when nothing waits. */
  get oldestMs(): number | undefined {
    return this.#log.segments.oldestMs;
  }

  /** Nothing up to the sequence waits any more, neither in memory nor on the disk. */
  isSettled(sequence: number): boolean {
    return this.#log.segments.isAcknowledged(sequence);
  }

  /** The lane of a target's fresh samples. */
  laneOf(hash: number): number {
    const { laneCount } = this.lanes;
    return this.#isNewestFirst ? (hash % (laneCount >> 1)) * 2 + 1 : hash % laneCount;
  }

  /** More lanes: with `newest_first` in pairs. Returns how many there are now. */
  addLanes(count: number): void {
    const more = this.#isNewestFirst ? count - (count % 2) : count;
    if (more > 0) this.lanes.addLanes(more);
  }

  /** Takes a copy. */
  append(hash: number, fragment: Fragment): void {
    const { clock } = this.#parts;
    const isDirect = this.#isNewestFirst || this.#takesDirectly(fragment);
    const prefix = fragment.symbols?.compressed();
    const segment = this.#log.append(hash, fragment, prefix, clock.nowMs());
    this.#isDirty = true;
    if (!isDirect) return;
    const record = segment.records - 1;
    // Dropped at once: the disk takes nothing, and there is no room for more.
    if (!segment.isUnread(record)) return;
    segment.load(record, fragment.samples);
    const lane = this.laneOf(hash);
    if (this.#lastSymbols.size > 0 && !this.#isNewestFirst) this.#endStored(hash, lane, fragment);
    this.lanes.append(lane, fragment, clock.monotonicMs(), { segment, record });
  }

  /** A scrape's fragments are all appended. */
  appended(): void {
    if (this.#parts.store.options.fsync === 'always') {
      this.#log.save();
      this.#log.syncNow();
    }
    if (!this.#isNewestFirst && this.lanes.samples === 0) this.refill();
  }

  /** Reads back what waits on the disk, as far as there is room for it. */
  refill(): void {
    if (this.#isClosed || this.#isUndecided()) return;
    const { lanes } = this;
    const wanted = this.#parts.bounds.samplesPerBatch * lanes.laneCount * batchesPerLane;
    const mostSamples = Math.min(wanted, this.#parts.bounds.samples / 2);
    const touched = new Set<number>();
    for (let read = 0; read < readBytes && lanes.samples < mostSamples; ) {
      if (lanes.allocatedBytes > this.#parts.bounds.bytes / 2) break;
      const record = this.#log.next();
      if (record === undefined) break;
      const { targetHash } = record;
      const lane = this.#isNewestFirst ? this.laneOf(targetHash) - 1 : this.laneOf(targetHash);
      const place = { segment: record.segment!, record: record.index };
      const fragment = this.#fragments.read(record);
      this.#endStored(targetHash, lane, fragment);
      this.#lastSymbols.set(targetHash, fragment.symbols);
      lanes.append(lane, fragment, this.#parts.clock.monotonicMs(), place);
      read += fragment.bytes.length;
      touched.add(lane);
    }
    for (const lane of touched) this.#parts.wake(lane);
  }

  /** Frees memory: what is not on the wire stays on the disk alone. */
  makeRoom(): void {
    this.lanes.evictWaiting();
  }

  /** What is left stays on the disk. Returns the samples that the disk does not take. */
  async close(): Promise<number> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#sync;
    const lost = this.#log.close();
    this.#words.left(this.samples - lost);
    return lost;
  }

  #settled({ records }: WriteBatch): void {
    records?.forEach((segment, record, samples) => {
      this.#log.acknowledge(segment, record, samples);
    });
    this.#isDirty = true;
  }

  #evicted({ records }: WriteBatch): void {
    records?.forEach((segment, record, samples) => {
      this.#log.unload(segment, record, samples);
    });
  }

  #takesDirectly(fragment: Fragment): boolean {
    return !this.#isUndecided() && !this.#log.hasUnread && this.lanes.hasRoom(fragment);
  }

  /** A target's fragments go on in another batch: the one before must leave first. */
  #endStored(hash: number, lane: number, fragment: Fragment): void {
    const last = this.#lastSymbols.get(hash);
    if (last === fragment.symbols || !this.#lastSymbols.delete(hash)) return;
    this.lanes.seal(lane, last);
  }

  /** Samples of a queue that may be ours in a moment come first. */
  #isUndecided(): boolean {
    if (this.#isNewestFirst || !this.#log.isUndecided) return false;
    return this.#parts.clock.monotonicMs() - this.#startedMs <= silenceMs + heartbeatMs;
  }

  #watch(): void {
    const { clock } = this.#parts;
    this.#timer = clock.setTimer(writeAfterMs, () => {
      this.#tick(clock.monotonicMs(), clock.nowMs());
      this.#watch();
    });
  }

  #tick(monotonicMs: number, nowMs: number): void {
    if (this.#isDirty || this.#log.isPaused) {
      this.#isDirty = false;
      this.#log.save();
    }
    const isUndecided = this.#isUndecided();
    const adoptMs = isUndecided ? heartbeatMs : adoptAfterMs;
    if (monotonicMs - this.#adoptedMs >= adoptMs) {
      this.#adoptedMs = monotonicMs;
      this.#log.adopt(nowMs);
    }
    this.#log.keepHouse(nowMs);
    if (this.#isNewestFirst) this.lanes.evictStarted(monotonicMs - freshMs);
    this.refill();
    const { hasUnread, segments } = this.#log;
    const left = { samples: this.samples, bytes: this.bytes, oldestMs: segments.oldestMs };
    this.#backlog.note(hasUnread, left, monotonicMs);
    this.#syncLater(monotonicMs);
  }

  #syncLater(monotonicMs: number): void {
    const { options, turns } = this.#parts.store;
    if (options.fsync !== 'interval' || this.#sync !== undefined || !this.#log.isUnsynced) return;
    if (monotonicMs - this.#syncedMs < syncAfterMs) return;
    this.#syncedMs = monotonicMs;
    this.#sync = turns
      .run(() => this.#log.sync())
      .finally(() => {
        this.#sync = undefined;
      });
  }
}
