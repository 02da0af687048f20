import path from 'node:path';
import { messageOf } from '../../errors.js';
import { DiskState } from './disk-state.js';
import { QueueFolders, tryRemove } from './queue-folders.js';
import { heartbeatMs } from './queue-owner.js';
import type { QuotaMember } from './queue-quota.js';
import type { FragmentPrefix, QueuedFragment } from './record.js';
import { type RecoveredQueue, recoverQueue } from './recovered-queue.js';
import type { Segment } from './segment.js';
import { SegmentList } from './segment-list.js';
import type { QueueDropReason, SegmentLogParts } from './segment-log-parts.js';
import { type LoadedRecord, SegmentReader } from './segment-reader.js';
import type { SegmentWriter } from './segment-writer.js';
import { SegmentWriters } from './segment-writers.js';

/** A limit is kept by dropping whole segments: this part of it at a time. */
const segmentsInAge = 24;
/** Written before the timer when so much has gathered. */
const writeBytes = 256 * 1024;

/**
 * The durable part of an output's queue in one thread: records in segments, each record unread,
 * loaded or acknowledged. Once made, nothing here throws: where the disk fails, records wait in memory
 * and the oldest are dropped.
 */
export class SegmentLog implements QuotaMember {
  readonly #parts: SegmentLogParts;
  readonly #folders: QueueFolders;
  readonly #reader = new SegmentReader();
  readonly #writers: SegmentWriters;
  readonly segments = new SegmentList();
  /** With acknowledgements that are not saved. */
  readonly #unsaved = new Set<Segment>();
  #nextSequence: number;
  readonly #disk: DiskState;
  #beatMs = 0;
  /** Of someone else's queue it cannot be told yet whether its owner is dead. */
  isUndecided = false;
  damagedRecords = 0;
  missingSegments = 0;
  samplesRecovered = 0;

  /** @throws PromAgentError QUEUE_UNUSABLE */
  constructor(parts: SegmentLogParts, nowMs: number) {
    this.#parts = parts;
    this.#disk = new DiskState(parts.hooks.paused);
    const { options, root, agent, thread, quota } = parts;
    this.#folders = new QueueFolders(root, agent, thread);
    this.#writers = new SegmentWriters(options.fsync !== 'none');
    this.#nextSequence = nowMs * 1000;
    if (this.#folders.failure !== undefined) this.#disk.failed(this.#folders.failure);
    quota.join(this);
    this.adopt(nowMs);
    this.keepHouse(nowMs);
  }

  get memoryBytes(): number {
    return this.segments.memoryBytes + this.#writers.memoryBytes + this.#reader.memoryBytes;
  }

  get hasUnread(): boolean {
    return this.segments.firstUnread !== undefined;
  }

  get isUnsynced(): boolean {
    return this.#writers.isUnsynced;
  }

  get folder(): string {
    return this.#folders.own;
  }

  get unwrittenBytes(): number {
    return this.#writers.pendingBytes;
  }

  get isPaused(): boolean {
    return this.#disk.isPaused;
  }

  get newestSequence(): number {
    return this.#nextSequence - 1;
  }

  /** Takes a copy. Returns where it is: the last record of the segment. */
  append(
    targetHash: number,
    fragment: QueuedFragment,
    prefix: FragmentPrefix | undefined,
    nowMs: number,
  ): Segment {
    const writer = this.#writerFor(nowMs);
    writer.append(targetHash, fragment, prefix, nowMs);
    this.#nextSequence = writer.segment.first + writer.segment.records;
    if (writer.pendingBytes >= writeBytes && !this.isPaused) this.save();
    // The oldest go, first those on the disk, which makes room there.
    if (this.isPaused && this.#parts.quota.keepUnwritten()) this.save();
    return writer.segment;
  }

  /** The oldest unread record, which counts as loaded from now on; valid until the next call. */
  next(): LoadedRecord | undefined {
    for (;;) {
      const segment = this.segments.firstUnread;
      if (segment === undefined) break;
      const record = this.#read(segment);
      if (record === undefined) continue;
      segment.load(record.index, record.samples);
      return record;
    }
    this.#reader.rest();
    return undefined;
  }

  /** The record was delivered, or refused for good. */
  acknowledge(segment: Segment, record: number, samples: number): void {
    segment.acknowledge(record, samples);
    this.#acknowledged(segment);
  }

  /** The record is no longer in memory, and was not sent. */
  unload(segment: Segment, record: number, samples: number): void {
    segment.unload(record, samples);
    if (segment.isDetached) this.#drop(segment, 'queue_full');
  }

  /**
   * Writes what was appended and acknowledged: from then on it survives the process. Where the disk
   * does not take it, the next call tries again.
   */
  save(): void {
    try {
      // With nothing to write the disk says nothing of itself.
      const isTried = this.#writers.pendingBytes > 0 || this.#unsaved.size > 0;
      this.#writers.write();
      for (const segment of this.#unsaved) {
        segment.saveAcknowledgements();
        this.#unsaved.delete(segment);
      }
      if (isTried) this.#disk.works();
    } catch (error) {
      this.#disk.failed(error);
      // Should someone have removed it.
      this.#disk.try(() => this.#folders.restore());
    }
  }

  /** What was saved survives a loss of power. */
  syncNow(): void {
    this.#disk.try(() => this.#writers.syncNow());
  }

  /** The same, as one task of libuv's at a time. */
  async sync(): Promise<void> {
    await this.#writers.sync().catch((error: unknown) => this.#disk.failed(error));
  }

  /** A sign of life to other processes, and the limits. Cheap when called often. */
  keepHouse(nowMs: number): void {
    if (Math.abs(nowMs - this.#beatMs) < heartbeatMs) return;
    this.#beatMs = nowMs;
    this.#disk.try(() => {
      const { current } = this.#writers;
      const isThere = this.#folders.beat(nowMs);
      // What is written into the file of a folder that was removed is lost with the process.
      if (!isThere && current !== undefined) this.#complete(current.segment);
    });
    this.#keepLimits(nowMs);
  }

  /** Takes over the queues of dead owners. */
  adopt(nowMs: number): void {
    this.#disk.try(() => {
      const { folders, isUndecided } = this.#folders.adopt(nowMs);
      this.isUndecided = isUndecided;
      if (folders.length > 0) this.#recover(recoverQueue(folders));
    });
  }

  dropOldest(): void {
    const oldest = this.segments.firstOnDisk;
    if (oldest !== undefined) this.#drop(oldest, 'queue_full');
  }

  /** What is left stays on the disk. Returns the samples that the disk did not take. */
  close(): number {
    this.#parts.quota.leave(this);
    this.save();
    if (this.#parts.options.fsync !== 'none') this.syncNow();
    let lost = 0;
    for (const segment of this.segments) {
      const writer = this.#writers.of(segment);
      segment.isComplete = true;
      if (writer !== undefined && writer.pendingBytes > 0) lost += segment.samplesLeft;
      if (segment.isDone) this.#remove(segment);
    }
    this.#writers.close();
    this.#reader.rest();
    this.#disk.try(() => this.#folders.release());
    return lost;
  }

  #writerFor(nowMs: number): SegmentWriter {
    const { current } = this.#writers;
    if (current !== undefined && !this.#isFull(current.segment, nowMs)) return current;
    if (current !== undefined) this.#complete(current.segment);
    // By the clock, so that the segments of several owners stand in the order of time.
    this.#nextSequence = Math.max(this.#nextSequence, nowMs * 1000);
    const writer = this.#writers.begin(this.#folders.own, this.#nextSequence);
    this.segments.add([writer.segment]);
    return writer;
  }

  #isFull({ bytes, records, oldestMs }: Segment, nowMs: number): boolean {
    if (bytes >= this.#parts.quota.segmentBytes) return true;
    return records > 0 && nowMs - oldestMs > this.#parts.options.maxAgeMs / segmentsInAge;
  }

  #complete(segment: Segment): void {
    segment.isComplete = true;
    if (!this.isPaused) this.save();
    if (segment.isDone) this.#remove(segment);
  }

  #read(segment: Segment): LoadedRecord | undefined {
    try {
      const record = this.#reader.next(segment, this.#writers.of(segment));
      if (record !== undefined) return record;
      this.#lose(segment, undefined);
    } catch (error) {
      this.#parts.hooks.damaged(segment.dataFile, segment.unread, messageOf(error));
      this.#lose(segment, messageOf(error));
    }
    return undefined;
  }

  /** What is unread of it cannot be read. */
  #lose(segment: Segment, error: string | undefined): void {
    const records = segment.unread;
    if (records === 0) return;
    if (error === undefined) this.#parts.hooks.damaged(segment.dataFile, records, error);
    this.damagedRecords += records;
    this.#parts.hooks.dropped('damaged', segment.giveUpUnread());
    this.#acknowledged(segment);
  }

  #acknowledged(segment: Segment): void {
    this.#unsaved.add(segment);
    if (segment.isComplete && segment.isDone) this.#remove(segment);
  }

  #remove(segment: Segment): void {
    this.segments.delete(segment);
    this.#unlink(segment);
  }

  #unlink(segment: Segment): void {
    this.#unsaved.delete(segment);
    this.#writers.end(segment);
    const { own } = this.#folders;
    this.#disk.try(() => segment.remove());
    // Folders that were adopted go with their last segment.
    for (let { folder } = segment; folder !== own; folder = path.dirname(folder)) tryRemove(folder);
  }

  /** What is on its way out of it still goes. */
  #drop(segment: Segment, reason: QueueDropReason): void {
    const samples = segment.giveUpUnread();
    if (samples > 0) this.#parts.hooks.dropped(reason, samples);
    segment.isComplete = true;
    if (segment.isDone) this.#remove(segment);
    else if (!segment.isDetached) {
      this.#unlink(segment);
      segment.isDetached = true;
    }
  }

  #keepLimits(nowMs: number): void {
    const { quota, options } = this.#parts;
    const current = this.#writers.current?.segment;
    if (current !== undefined && this.#isFull(current, nowMs)) this.#complete(current);
    for (const segment of this.segments.olderThan(nowMs - options.maxAgeMs)) {
      this.#drop(segment, 'too_old');
    }
    quota.keep(nowMs);
  }

  #recover(found: RecoveredQueue): void {
    this.segments.add(found.segments);
    this.damagedRecords += found.damagedRecords;
    this.missingSegments += found.missing.length;
    this.samplesRecovered += found.samples + found.damagedSamples;
    // The innermost first: empty ones go.
    for (const folder of [...found.folders].reverse()) {
      if (folder !== this.#folders.own) tryRemove(folder);
    }
    this.#parts.hooks.recovered(found);
    if (found.damagedSamples > 0) this.#parts.hooks.dropped('damaged', found.damagedSamples);
  }
}
