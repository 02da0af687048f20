import { copyText } from '../byte-blocks.js';
import { escapeQuoted } from './text-format.js';

const backslash = 92;
const quote = 34;
const newline = 10;

/** A few bytes that are written again and again: a name, the labels of a series, a bucket's bound. */
export class Piece {
  bytes: Buffer<ArrayBuffer>;
  view: DataView<ArrayBuffer>;
  length = 0;

  constructor(text = '') {
    this.bytes = Buffer.allocUnsafe(text.length);
    this.view = viewOf(this.bytes);
    this.add(text);
  }

  clear(): void {
    this.length = 0;
  }

  add(text: string): void {
    this.#reserve(text.length);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) {
        this.length = at;
        this.#addUtf8(text.slice(i));
        return;
      }
      bytes[at++] = code;
    }
    this.length = at;
  }

  addPiece({ view, length }: Piece): void {
    this.#reserve(length);
    copyText(view, 0, this.view, this.length, length);
    this.length += length;
  }

  /** What stands between quotes: with backslash, quote and newline escaped. */
  addEscaped(text: string): void {
    this.#reserve(text.length * 2);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) {
        this.length = at;
        this.#addUtf8(escapeQuoted(text.slice(i)));
        return;
      }
      if (code === backslash || code === quote || code === newline) {
        bytes[at++] = backslash;
        bytes[at++] = code === newline ? 110 : code;
      } else bytes[at++] = code;
    }
    this.length = at;
  }

  #addUtf8(text: string): void {
    // No unit of UTF-16 takes more than three bytes.
    this.#reserve(text.length * 3);
    this.length += this.bytes.write(text, this.length);
  }

  #reserve(length: number): void {
    const needed = this.length + length;
    if (needed <= this.bytes.length) return;
    const bytes = Buffer.allocUnsafe(Math.max(64, needed, this.bytes.length * 2));
    this.bytes.copy(bytes, 0, 0, this.length);
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}

/** Small buffers are parts of a shared one. */
function viewOf(bytes: Buffer<ArrayBuffer>): DataView<ArrayBuffer> {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
