import { closeSync, constants, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Acknowledgements } from './acknowledgements.js';
import { Bits } from './bits.js';
import { segmentHeadBytes } from './segment-head.js';

export const dataSuffix = '.seg';
export const ackSuffix = '.ack';
/** What the acknowledgements are called while a segment that is done with is removed. */
export const doneSuffix = '.done';
const digits = 16;
// The objects of a segment, roughly.
const overheadBytes = 600;

/** Path of a segment's files without their suffix. */
export function segmentPath(folder: string, first: number): string {
  return path.join(folder, String(first).padStart(digits, '0'));
}

/**
 * A file of records and what is known of them. A record is unread (on disk alone), loaded (in memory,
 * on its way out) or acknowledged. Records go by their place in the segment.
 */
export class Segment {
  readonly folder: string;
  /** Sequence of its first record. */
  readonly first: number;
  readonly marker: number;
  records = 0;
  /** Of records that are not acknowledged. */
  samplesLeft = 0;
  samplesLoaded = 0;
  /** All samples, of acknowledged records too. */
  samples = 0;
  bytes = segmentHeadBytes;
  /** When its first and its last record were appended, Unix ms. */
  oldestMs = 0;
  newestMs = 0;
  /** Nothing is appended any more. */
  isComplete = false;
  /** No longer on the disk, while some of it is still on its way out. */
  isDetached = false;
  /** What stands before is loaded or acknowledged. */
  readAt = segmentHeadBytes;
  readonly #path: string;
  readonly #acks: Acknowledgements;
  readonly #loaded = new Bits();
  #firstLeft = 0;

  constructor(folder: string, first: number, marker: number, acks = new Acknowledgements()) {
    this.folder = folder;
    this.#path = segmentPath(folder, first);
    this.first = first;
    this.marker = marker;
    this.#acks = acks;
  }

  get dataFile(): string {
    return this.#path + dataSuffix;
  }

  get memoryBytes(): number {
    return this.#acks.memoryBytes + this.#loaded.memoryBytes + overheadBytes;
  }

  get unread(): number {
    return this.records - this.#acks.count - this.#loaded.count;
  }

  get samplesUnread(): number {
    return this.samplesLeft - this.samplesLoaded;
  }

  /** All is acknowledged. */
  get isDone(): boolean {
    return this.#acks.count >= this.records;
  }

  appended(bytes: number, samples: number, nowMs: number): void {
    if (this.records === 0) this.oldestMs = nowMs;
    this.records++;
    this.bytes += bytes;
    this.samples += samples;
    this.samplesLeft += samples;
    this.newestMs = nowMs;
  }

  isUnread(record: number): boolean {
    return !this.#acks.has(record) && !this.#loaded.has(record);
  }

  load(record: number, samples: number): void {
    if (!this.isUnread(record)) return;
    this.#loaded.add(record);
    this.samplesLoaded += samples;
  }

  /** Loaded no longer, and not sent either. */
  unload(record: number, samples: number): void {
    if (!this.#loaded.delete(record)) return;
    this.samplesLoaded -= samples;
    this.readAt = segmentHeadBytes;
  }

  acknowledge(record: number, samples: number): void {
    if (this.#loaded.delete(record)) this.samplesLoaded -= samples;
    if (this.#acks.add(record)) this.samplesLeft -= samples;
  }

  /** What is unread will not be read; returns the samples of it. */
  giveUpUnread(): number {
    const samples = this.samplesUnread;
    for (let record = 0; record < this.records; record++) {
      if (this.isUnread(record)) this.#acks.add(record);
    }
    this.samplesLeft -= samples;
    return samples;
  }

  /** Acknowledgements of records that are not there (any more) do not count. */
  forgetBeyond(): void {
    this.#acks.cut(this.records);
  }

  /** Sequence of the oldest record that is not acknowledged; past the segment when all are. */
  oldestLeft(): number {
    while (this.#firstLeft < this.records && this.#acks.has(this.#firstLeft)) this.#firstLeft++;
    return this.first + this.#firstLeft;
  }

  /** From now on there is a file that tells when the segment's own is gone. Throws what the file system says. */
  announce(): void {
    closeSync(openSync(this.#path + ackSuffix, 'a', 0o666));
  }

  /** Throws what the file system says. */
  saveAcknowledgements(): void {
    if (this.isDetached) return;
    this.#acks.save((bytes, at) => {
      const fd = openSync(this.#path + ackSuffix, constants.O_WRONLY | constants.O_CREAT, 0o666);
      try {
        if (writeSync(fd, bytes, 0, bytes.length, at) < bytes.length) {
          throw new Error('no space left for the acknowledgements');
        }
      } finally {
        closeSync(fd);
      }
    });
  }

  /** Throws what the file system says. */
  remove(): void {
    if (this.isDetached) return;
    removeSegment(this.#path);
  }
}

/**
 * Removes the files of a segment, given without suffix, in steps between which a crash leaves it there or done
 * with, never missing. Throws what the file system says.
 */
export function removeSegment(name: string): void {
  try {
    renameSync(name + ackSuffix, name + doneSuffix);
  } catch (error) {
    // Nothing of it was written, or someone was faster.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  rmSync(name + dataSuffix, { force: true });
  rmSync(name + doneSuffix, { force: true });
}
