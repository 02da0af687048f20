import type { BufferSource } from '../exposition/render/byte-sink.js';

/**
 * What a write costs, to a socket or to a thread that compresses, it costs per chunk: handing 34 MB over in chunks of
 * 64 KiB was a sixth of a render.
 */
const chunkBytes = 262_144;

/** A chunk and the series that goes over its end. */
const bufferBytes = chunkBytes + 16_384;

/** More are not out at a time: one is filled while others are on their way to a socket. */
const mostFree = 4;

const pools = new WeakMap<ArrayBufferLike, ChunkPool>();

/**
 * Buffers that readers gave back. Without that a body of 100 MB is 100 MB of memory outside of V8's
 * heap, which makes V8 collect the whole heap, several times per body, for 10 ms and more.
 */
export class ChunkPool implements BufferSource {
  /** A reader gets chunks of about that length. */
  readonly chunkBytes = chunkBytes;
  readonly bufferBytes = bufferBytes;
  readonly #free: Buffer<ArrayBuffer>[] = [];

  take(): Buffer<ArrayBuffer> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const buffer = Buffer.allocUnsafeSlow(bufferBytes);
    pools.set(buffer.buffer, this);
    return buffer;
  }

  give(buffer: ArrayBuffer): void {
    const isFree = this.#free.some((free) => free.buffer === buffer);
    if (!isFree && this.#free.length < mostFree) this.#free.push(Buffer.from(buffer));
  }
}

/**
 * Gives a chunk of a body back when its bytes are on their way and nobody looks at them any more, so
 * that a later one can use its memory. It need not be done; chunks of others are left alone.
 */
export function recycleChunk(chunk: Uint8Array): void {
  pools.get(chunk.buffer)?.give(chunk.buffer as ArrayBuffer);
}

/** For a chunk that several read: none of them knows when the others are done. */
export function keepChunk(chunk: Uint8Array): void {
  pools.delete(chunk.buffer);
}
