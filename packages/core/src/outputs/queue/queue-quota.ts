import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { heartbeatMs } from './queue-owner.js';
import type { SegmentList } from './segment-list.js';

const largestSegmentBytes = 4 * 1024 * 1024;
const smallestSegmentBytes = 64 * 1024;
/** The quota is kept by dropping whole segments: this part of it at a time. */
const segmentsInQuota = 8;

/** A queue that shares a quota. */
export interface QuotaMember {
  /** Where its own segments are. */
  readonly folder: string;
  readonly segments: SegmentList;
  readonly unwrittenBytes: number;
  /** Its oldest segment goes. */
  dropOldest(): void;
}

/**
 * What an output may have on the disk, over all its queues in this thread and those of others; and what of
 * it may wait in memory while the disk takes nothing. Beyond, the oldest segment goes, whichever of the
 * queues here it is of.
 */
export class QueueQuota {
  /** Of the segments in it. */
  readonly segmentBytes: number;
  readonly #root: string;
  readonly #maxBytes: number;
  readonly #maxUnwrittenBytes: number;
  readonly #members = new Set<QuotaMember>();
  #othersBytes = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;

  /**
   * @param root folder of the output
   * @param memoryBytes that its queues may have: the lanes, and half of it what cannot be written
   */
  constructor(root: string, maxBytes: number, memoryBytes: number) {
    this.#root = root;
    this.#maxBytes = maxBytes;
    this.#maxUnwrittenBytes = Math.floor(memoryBytes / 2);
    const part = Math.floor(Math.min(maxBytes, this.#maxUnwrittenBytes) / segmentsInQuota);
    this.segmentBytes = Math.max(smallestSegmentBytes, Math.min(largestSegmentBytes, part));
  }

  join(member: QuotaMember): void {
    this.#members.add(member);
  }

  leave(member: QuotaMember): void {
    this.#members.delete(member);
  }

  /** Drops what is too much on the disk. Cheap when called often. */
  keep(nowMs: number): void {
    if (Math.abs(nowMs - this.#lookedMs) >= heartbeatMs) {
      this.#lookedMs = nowMs;
      const own = new Set(Array.from(this.#members, ({ folder }) => folder));
      this.#othersBytes = bytesIn(this.#root, own);
    }
    for (;;) {
      const bytes = this.#sum(({ segments }) => segments.bytes);
      if (bytes + this.#othersBytes <= this.#maxBytes) return;
      // Of many queues what is appended to may be too much in itself.
      const oldest =
        this.#oldest(true) ?? (bytes > this.#maxBytes ? this.#oldest(false) : undefined);
      if (oldest === undefined) return;
      oldest.dropOldest();
    }
  }

  /** The same with what waits in memory, one segment at a time; false: there is nothing to drop. */
  keepUnwritten(): boolean {
    const unwritten = this.#sum(({ unwrittenBytes }) => unwrittenBytes);
    if (unwritten <= this.#maxUnwrittenBytes) return false;
    const oldest = this.#oldest(false);
    oldest?.dropOldest();
    return oldest !== undefined;
  }

  #sum(of: (member: QuotaMember) => number): number {
    let sum = 0;
    for (const member of this.#members) sum += of(member);
    return sum;
  }

  /** @param isComplete it has a segment to which nothing is appended any more */
  #oldest(isComplete: boolean): QuotaMember | undefined {
    let oldest: QuotaMember | undefined;
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const member of this.#members) {
      const first = member.segments.firstOnDisk;
      if (first === undefined || first.oldestMs >= oldestMs) continue;
      if (isComplete && !first.isComplete) continue;
      oldest = member;
      oldestMs = first.oldestMs;
    }
    return oldest;
  }
}

function bytesIn(folder: string, without: ReadonlySet<string>): number {
  let bytes = 0;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const inner = path.join(folder, entry.name);
      if (without.has(inner)) continue;
      bytes += entry.isDirectory() ? bytesIn(inner, without) : statSync(inner).size;
    }
  } catch {
    // Being emptied or adopted while we look: the next look counts it right.
  }
  return bytes;
}
