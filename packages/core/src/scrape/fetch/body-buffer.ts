import type { MemoryAccount } from '../memory-account.js';

const smallestBytes = 16 * 1024;

/** A body on its way in: grows by doubling, every byte accounted, the buffer kept between scrapes. */
export class BodyBuffer {
  readonly #memory: MemoryAccount;
  bytes: Buffer = Buffer.alloc(0);
  length = 0;

  constructor(memory: MemoryAccount) {
    this.#memory = memory;
  }

  /** False when the thread's memory does not allow the chunk. */
  append(chunk: Uint8Array): boolean {
    if (!this.#reserve(this.length + chunk.length)) return false;
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
    return true;
  }

  free(): void {
    this.#memory.give(this.bytes.length);
    this.bytes = Buffer.alloc(0);
    this.length = 0;
  }

  #reserve(needed: number): boolean {
    if (needed <= this.bytes.length) return true;
    let size = Math.max(smallestBytes, this.bytes.length);
    while (size < needed) size *= 2;
    const more = size - this.bytes.length;
    if (!this.#memory.take(more)) return false;
    const grown = Buffer.allocUnsafeSlow(size);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    return true;
  }
}

/** Few buffers serve all targets of a thread: only scrapes in flight hold one. */
export class BodyBuffers {
  /** A buffer larger than this is not kept: one huge target would pin its size for good. */
  static readonly keptBytes = 4 * 1024 * 1024;
  static readonly keptCount = 8;
  readonly #memory: MemoryAccount;
  readonly #kept: BodyBuffer[] = [];

  constructor(memory: MemoryAccount) {
    this.#memory = memory;
  }

  take(): BodyBuffer {
    return this.#kept.pop() ?? new BodyBuffer(this.#memory);
  }

  give(buffer: BodyBuffer): void {
    buffer.length = 0;
    const keep =
      this.#kept.length < BodyBuffers.keptCount && buffer.bytes.length <= BodyBuffers.keptBytes;
    if (keep) this.#kept.push(buffer);
    else buffer.free();
  }
}
