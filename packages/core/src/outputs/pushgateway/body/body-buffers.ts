import { ByteSink } from '../../../exposition/render/byte-sink.js';

/** As many as there are pushes at once. */
const mostKept = 4;

/**
 * What bodies are written into: a few buffers that are used again and again, for a new one for each push
 * would be all the garbage there is.
 */
export class BodyBuffers {
  readonly sink = new ByteSink();
  readonly #free: Buffer<ArrayBuffer>[] = [];

  get memoryBytes(): number {
    return this.#free.reduce((bytes, { length }) => bytes + length, 0);
  }

  take(bytes: number): Buffer<ArrayBuffer> {
    const free = this.#free.pop();
    if (free !== undefined && free.length >= bytes) return free;
    return Buffer.allocUnsafeSlow(Math.ceil(bytes / 16_384) * 16_384);
  }

  give(buffer: Buffer<ArrayBuffer>): void {
    if (this.#free.length < mostKept) this.#free.push(buffer);
  }
}
