const smallestBytes = 16 * 1024;
/** As many as a full request holds: without them each is fresh memory, whose collection was a third of all. */
const mostFreeBytes = 8 * 1024 * 1024;

/** Buffers of record batches that are in their topic, for the next ones. */
export class BatchBuffers {
  readonly #free: Buffer<ArrayBuffer>[] = [];
  #freeBytes = 0;

  get memoryBytes(): number {
    return this.#freeBytes;
  }

  /** With room for so many bytes; holds what was there before. */
  take(bytes: number): Buffer<ArrayBuffer> {
    let best = -1;
    for (let i = 0; i < this.#free.length; i++) {
      const { length } = this.#free[i]!;
      if (length >= bytes && (best < 0 || length < this.#free[best]!.length)) best = i;
    }
    if (best >= 0) return this.#remove(best);
    return Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(Math.max(bytes, smallestBytes))));
  }

  /** Whoever gives it, or a part of it, no longer uses it: nor does a socket. */
  give(part: Uint8Array<ArrayBuffer>): void {
    this.#free.push(Buffer.from(part.buffer));
    this.#freeBytes += part.buffer.byteLength;
    // Those that came first, which may have a size that nobody asks for any more.
    while (this.#freeBytes > mostFreeBytes) this.#remove(0);
  }

  clear(): void {
    this.#free.length = 0;
    this.#freeBytes = 0;
  }

  #remove(at: number): Buffer<ArrayBuffer> {
    const [buffer] = this.#free.splice(at, 1);
    this.#freeBytes -= buffer!.length;
    return buffer!;
  }
}
