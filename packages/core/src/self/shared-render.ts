import type { BodyWalk } from './body-walk.js';
import { keepChunk } from './chunk-pool.js';
import { nextTurn } from './time-slice.js';

/**
 * How much of a body is kept for readers that come later or fall behind, per reader. Bodies that are
 * smaller are rendered once however many read them.
 */
const windowBytes = 1_048_576;

interface Reader {
  readonly chunks: Uint8Array[];
  bytes: number;
  /** Its own, once it fell behind. */
  walk: BodyWalk | undefined;
}

/**
 * One render for scrapes of the same moment. It goes as fast as its fastest reader; one that falls
 * more than 1 MiB behind goes on from there with a walk of its own, so that it holds up nobody and
 * nothing piles up for it. One that comes after the first MiB has to render for itself.
 */
export class SharedRender {
  readonly #walk: BodyWalk;
  readonly #onOver: () => void;
  readonly #readers = new Set<Reader>();
  #begin: Uint8Array[] | undefined = [];
  #beginBytes = 0;
  #advancing: Promise<void> | undefined;
  #hasBegun = false;
  #ended = false;

  /** `onOver`: nobody should join any more. */
  constructor(walk: BodyWalk, onOver: () => void) {
    this.#walk = walk;
    this.#onOver = onOver;
  }

  /** The whole body for one more reader; ask for it only until `onOver`. */
  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    const reader: Reader = {
      chunks: [...(this.#begin ?? [])],
      bytes: this.#beginBytes,
      walk: undefined,
    };
    this.#readers.add(reader);
    try {
      for (;;) {
        const chunk = await this.#nextFor(reader);
        if (chunk === undefined) return;
        yield chunk;
      }
    } finally {
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#close();
    }
  }

  async #nextFor(reader: Reader): Promise<Uint8Array | undefined> {
    while (reader.chunks.length === 0) {
      if (reader.walk !== undefined) return reader.walk.next();
      if (this.#ended) return undefined;
      this.#advancing ??= this.#advance();
      await this.#advancing;
    }
    const chunk = reader.chunks.shift() as Uint8Array;
    reader.bytes -= chunk.length;
    return chunk;
  }

  async #advance(): Promise<void> {
    try {
      // The turn in which the request came has been long enough.
      if (!this.#hasBegun) await nextTurn();
      this.#hasBegun = true;
      const chunk = await this.#walk.next();
      if (chunk === undefined) {
        this.#ended = true;
        this.#close();
      } else this.#handOut(chunk);
    } finally {
      this.#advancing = undefined;
    }
  }

  #handOut(chunk: Uint8Array): void {
    if (this.#begin !== undefined || this.#readers.size > 1) keepChunk(chunk);
    this.#begin?.push(chunk);
    this.#beginBytes += chunk.length;
    if (this.#beginBytes > windowBytes) this.#close();
    for (const reader of this.#readers) {
      reader.chunks.push(chunk);
      reader.bytes += chunk.length;
      if (reader.bytes > windowBytes) {
        reader.walk = this.#walk.fork();
        this.#readers.delete(reader);
      }
    }
  }

  #close(): void {
    this.#begin = undefined;
    this.#onOver();
  }
}
