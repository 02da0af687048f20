import { hasBytes } from '../byte-blocks.js';
import type { KeyTable } from '../key-table.js';

/** Compares an expected text with its pieces, one after the other. */
export class TextMatch {
  #view = new DataView(new ArrayBuffer(0));
  #at = 0;
  #end = 0;

  begin(texts: KeyTable, id: number): void {
    this.#view = texts.view;
    this.#at = texts.starts[id]!;
    this.#end = this.#at + texts.lengths[id]!;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  bytes(view: DataView, start: number, end: number): boolean {
    const length = end - start;
    if (this.#at + length > this.#end) return false;
    if (!hasBytes(view, start, this.#view, this.#at, length)) return false;
    this.#at += length;
    return true;
  }

  byte(b: number): boolean {
    return this.#at < this.#end && this.#view.getUint8(this.#at++) === b;
  }

  ascii(text: string): boolean {
    if (this.#at + text.length > this.#end) return false;
    for (let i = 0; i < text.length; i++) {
      if (this.#view.getUint8(this.#at++) !== text.charCodeAt(i)) return false;
    }
    return true;
  }
}
