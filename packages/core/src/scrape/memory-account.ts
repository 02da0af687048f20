/**
 * Bytes of one scrape thread outside the JS heap's limit. resourceLimits bound the heap alone (a
 * thread was seen to hold 640 MB of typed arrays under a limit of 64), so bodies are counted here.
 */
export class MemoryAccount {
  readonly limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get freeBytes(): number {
    return Math.max(0, this.limitBytes - this.#usedBytes);
  }

  /** False, and nothing taken, when the limit would be passed. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.limitBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  /** Takes what is there already, over the limit if need be: then new bodies are refused. */
  force(bytes: number): void {
    this.#usedBytes += bytes;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}
