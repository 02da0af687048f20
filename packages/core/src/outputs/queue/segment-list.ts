import type { Segment } from './segment.js';

/** The segments of a queue, the oldest first. */
export class SegmentList {
  readonly #list: Segment[] = [];

  get count(): number {
    return this.#list.length;
  }

  /** Of records that are not acknowledged. */
  get samples(): number {
    return this.#list.reduce((sum, segment) => sum + segment.samplesLeft, 0);
  }

  /** On the disk, or to be written there. */
  get bytes(): number {
    return this.#list.reduce((sum, one) => (one.isDetached ? sum : sum + one.bytes), 0);
  }

  /** When the oldest of what waits was appended, Unix ms; undefined when nothing waits. */
  get oldestMs(): number | undefined {
    return this.#list.find((segment) => !segment.isDone)?.oldestMs;
  }

  get memoryBytes(): number {
    return this.#list.reduce((sum, segment) => sum + segment.memoryBytes, 0);
  }

  get firstUnread(): Segment | undefined {
    return this.#list.find((segment) => segment.unread > 0);
  }

  get firstOnDisk(): Segment | undefined {
    return this.#list.find((segment) => !segment.isDetached);
  }

  /** All up to the sequence is acknowledged. */
  isAcknowledged(sequence: number): boolean {
    return this.#list.every((s) => s.first > sequence || s.isDone || s.oldestLeft() > sequence);
  }

  /** The complete segments that hold nothing newer. */
  olderThan(ms: number): Segment[] {
    return this.#list.filter(
      ({ isComplete, isDetached, newestMs }) => isComplete && !isDetached && newestMs < ms,
    );
  }

  /** Those of now: it may change meanwhile. */
  [Symbol.iterator](): Iterator<Segment> {
    return [...this.#list].values();
  }

  add(segments: readonly Segment[]): void {
    this.#list.push(...segments);
    this.#list.sort((a, b) => a.first - b.first);
  }

  delete(segment: Segment): void {
    const at = this.#list.indexOf(segment);
    if (at >= 0) this.#list.splice(at, 1);
  }
}
