import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { type FragmentPrefix, type QueuedFragment, recordBytes, writeRecord } from './record.js';
import { Segment } from './segment.js';
import { newMarker, segmentHeadBytes, writeSegmentHead } from './segment-head.js';
import { WrittenPrefixes } from './segment-prefixes.js';

/** What the first buffer holds; it doubles while the disk does not take it. */
const bufferBytes = 256 * 1024;

/**
 * The segment that is being appended to: records are gathered in one kept buffer and written together.
 * While the disk takes nothing they stay there.
 */
export class SegmentWriter {
  readonly segment: Segment;
  readonly #prefixes = new WrittenPrefixes();
  /** Bytes of the segment that are in its file. */
  #written = 0;
  #pending: Buffer;
  #pendingBytes = 0;
  #fd: number | undefined;
  /** Written since the last sync. */
  #isUnsynced = false;
  #syncsUnderWay = 0;
  #isClosed = false;
  /** Closed, but what was written last is to be synced first. */
  #isToSync = false;
  #isFileClosed = false;

  constructor(folder: string, first: number, buffer: Buffer | undefined) {
    this.segment = new Segment(folder, first, newMarker());
    this.#pending = buffer ?? Buffer.allocUnsafe(bufferBytes);
    writeSegmentHead(this.#pending, this.segment.marker);
    this.#pendingBytes = segmentHeadBytes;
  }

  get memoryBytes(): number {
    return this.#pending.length;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get isUnsynced(): boolean {
    return this.#isUnsynced;
  }

  append(
    targetHash: number,
    fragment: QueuedFragment,
    prefix: FragmentPrefix | undefined,
    nowMs: number,
  ): void {
    const { segment } = this;
    const held = prefix && this.#prefixes.take(prefix, segment.bytes);
    const bytes = recordBytes(fragment, held);
    this.#reserve(bytes);
    const place = {
      marker: segment.marker,
      sequence: segment.first + segment.records,
      targetHash,
      samplesBefore: segment.samples,
      appendedMs: nowMs,
    };
    writeRecord(this.#pending, this.#pendingBytes, place, fragment, held);
    this.#pendingBytes += bytes;
    segment.appended(bytes, fragment.samples, nowMs);
  }

  /** Throws what the file system says; nothing is lost then, and the next try writes it all. */
  write(): void {
    if (this.#pendingBytes === 0) return;
    if (this.#fd === undefined) {
      this.#fd = openSync(this.segment.dataFile, 'w', 0o666);
      this.segment.announce();
    }
    try {
      this.#writeAll(this.#fd);
    } catch (error) {
      cutBack(this.#fd, this.#written);
      throw error;
    }
    this.#written += this.#pendingBytes;
    this.#pendingBytes = 0;
    this.#isUnsynced = true;
  }

  /** Throws what the file system says. */
  syncNow(): void {
    if (this.#fd === undefined || !this.#isUnsynced || this.#isFileClosed) return;
    this.#isUnsynced = false;
    try {
      fdatasyncSync(this.#fd);
    } finally {
      this.#closeFile();
    }
  }

  /** One task of libuv's. Rejects with what the file system says. */
  sync(): Promise<void> {
    const fd = this.#fd;
    if (fd === undefined || !this.#isUnsynced || this.#isFileClosed) return Promise.resolve();
    this.#isUnsynced = false;
    this.#syncsUnderWay++;
    return new Promise((resolve, reject) => {
      fdatasync(fd, (error) => {
        this.#syncsUnderWay--;
        this.#closeFile();
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  /**
   * Nothing more is written. A file that is to be synced yet stays open until {@link sync} was called.
   */
  close(isToSync: boolean): void {
    this.segment.isComplete = true;
    this.#isClosed = true;
    this.#isToSync = isToSync;
    this.#closeFile();
  }

  /** Gives the buffer away once all is written, for the next segment to use. */
  releaseBuffer(): Buffer {
    return this.#pending;
  }

  /** The part of the segment from `at` on that is not in its file; valid until the next append. */
  unwrittenFrom(at: number): Buffer {
    return this.#pending.subarray(Math.max(0, at - this.#written), this.#pendingBytes);
  }

  get writtenBytes(): number {
    return this.#written;
  }

  /**
   * Once nobody needs it, and once: what is closed again is by then somebody else's file or socket. It
   * may have been written to while a sync was under way, and then another one comes.
   */
  #closeFile(): void {
    if (this.#fd === undefined || !this.#isClosed || this.#isFileClosed) return;
    if (this.#syncsUnderWay > 0 || (this.#isToSync && this.#isUnsynced)) return;
    this.#isFileClosed = true;
    this.#isUnsynced = false;
    closeSync(this.#fd);
  }

  #writeAll(fd: number): void {
    for (let from = 0; from < this.#pendingBytes; ) {
      const length = this.#pendingBytes - from;
      from += writeSync(fd, this.#pending, from, length, this.#written + from);
    }
  }

  #reserve(bytes: number): void {
    const needed = this.#pendingBytes + bytes;
    if (needed <= this.#pending.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#pending.length * 2));
    this.#pending.copy(grown, 0, 0, this.#pendingBytes);
    this.#pending = grown;
  }
}

/** So that no half record stands in front of those that are written next. */
function cutBack(fd: number, bytes: number): void {
  try {
    ftruncateSync(fd, bytes);
  } catch {
    // The next write begins at the same place: it overwrites what was left.
  }
}
