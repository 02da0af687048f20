import { putSmallInteger } from '../exposition/render/small-integer.js';
import { escapeQuoted, nonFiniteText } from '../exposition/render/text-format.js';
import { type ChunkPool, recycleChunk } from './chunk-pool.js';

const backslash = 0x5c;
const newLine = 0x0a;
const quote = 0x22;

const none = Buffer.alloc(0);

/**
 * Text as bytes, in buffers of a pool. Loops over the characters, not `Buffer.write`: the pieces of a
 * sample are a few bytes long, where a call costs more than they do.
 */
export class ByteWriter {
  readonly #pool: ChunkPool;
  #bytes: Buffer<ArrayBuffer> = none;
  #length = 0;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  get length(): number {
    return this.#length;
  }

  /** What was written; the writer goes on in another buffer. */
  take(): Uint8Array {
    const chunk = this.#bytes.subarray(0, this.#length);
    this.#bytes = none;
    this.#length = 0;
    return chunk;
  }

  /** Forgets what was written after `length`. */
  truncate(length: number): void {
    this.#length = length;
  }

  replace(index: number, code: number): void {
    this.#bytes[index] = code;
  }

  byte(code: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = code;
  }

  text(text: string): void {
    // No character of UTF-16 is longer than 3 bytes in UTF-8.
    this.#reserve(text.length * 3);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) {
        this.#length = at + bytes.write(text.slice(i), at);
        return;
      }
      bytes[at++] = code;
    }
    this.#length = at;
  }

  /** What stands between double quotes, escaped. */
  quoted(text: string): void {
    this.#reserve(text.length * 3);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80 || code === backslash || code === newLine || code === quote) {
        this.#length = at;
        this.text(escapeQuoted(text.slice(i)));
        return;
      }
      bytes[at++] = code;
    }
    this.#length = at;
  }

  bytes(piece: Uint8Array): void {
    const { length } = piece;
    this.#reserve(length);
    const bytes = this.#bytes;
    const at = this.#length;
    for (let i = 0; i < length; i++) bytes[at + i] = piece[i] as number;
    this.#length = at + length;
  }

  /** Repeats what was written from `from` to `to`. */
  again(from: number, to: number): void {
    this.#reserve(to - from);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = from; i < to; i++) bytes[at++] = bytes[i] as number;
    this.#length = at;
  }

  /** A sample's value: the shortest digits that read back as the same number. */
  value(value: number): void {
    if (value >= 0 && value <= 0x7fffffff && (value | 0) === value) this.#integer(value | 0);
    else this.text(nonFiniteText(value) ?? String(value));
  }

  #integer(value: number): void {
    this.#reserve(10);
    this.#length = putSmallInteger(this.#bytes, this.#length, value);
  }

  #reserve(count: number): void {
    const wanted = this.#length + count;
    if (wanted > this.#bytes.length) this.#grow(wanted);
  }

  #grow(wanted: number): void {
    const before = this.#bytes;
    if (before.length === 0) this.#bytes = this.#pool.take();
    if (wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    recycleChunk(this.#bytes);
    this.#bytes = larger;
  }
}
