import type { Segment } from './segment.js';
import { SegmentWriter } from './segment-writer.js';

/**
 * Segments that are not all written: the one that is appended to, and, while the disk takes nothing,
 * those before it.
 */
export class SegmentWriters {
  readonly #isSynced: boolean;
  /** Oldest first. */
  readonly #list: SegmentWriter[] = [];
  /** Written, and to be synced yet. */
  readonly #unsynced = new Set<SegmentWriter>();
  #buffer: Buffer | undefined;

  /** @param isSynced {@link sync} or {@link syncNow} is called from time to time */
  constructor(isSynced: boolean) {
    this.#isSynced = isSynced;
  }

  get current(): SegmentWriter | undefined {
    return this.#list.at(-1);
  }

  get pendingBytes(): number {
    return this.#list.reduce((sum, writer) => sum + writer.pendingBytes, 0);
  }

  get memoryBytes(): number {
    return this.#list.reduce((sum, writer) => sum + writer.memoryBytes, 0);
  }

  get isUnsynced(): boolean {
    return this.#unsynced.size > 0 || this.#list.some((writer) => writer.isUnsynced);
  }

  of(segment: Segment): SegmentWriter | undefined {
    return this.#list.find((writer) => writer.segment === segment);
  }

  begin(folder: string, first: number): SegmentWriter {
    const writer = new SegmentWriter(folder, first, this.#buffer);
    this.#buffer = undefined;
    this.#list.push(writer);
    return writer;
  }

  /** Throws what the file system says; nothing is lost then, and the next try writes it all. */
  write(): void {
    for (const writer of [...this.#list]) {
      writer.write();
      if (!writer.segment.isComplete) continue;
      this.#buffer = writer.releaseBuffer();
      this.end(writer.segment);
    }
  }

  /** Lets go of a segment, written or not. */
  end(segment: Segment): void {
    const at = this.#list.findIndex((writer) => writer.segment === segment);
    if (at < 0) return;
    const [writer] = this.#list.splice(at, 1);
    writer!.close(this.#isSynced);
    if (writer!.isUnsynced) this.#unsynced.add(writer!);
  }

  /** Throws what the file system says. */
  syncNow(): void {
    for (const writer of [...this.#unsynced, ...this.#list]) writer.syncNow();
    this.#unsynced.clear();
  }

  /** One task of libuv's at a time. Rejects with what the file system says. */
  async sync(): Promise<void> {
    const writers = [...this.#unsynced, ...this.#list];
    this.#unsynced.clear();
    for (const writer of writers) await writer.sync();
  }

  /** Closes every file. */
  close(): void {
    for (const writer of this.#list) writer.close(false);
    for (const writer of this.#unsynced) writer.close(false);
  }
}
