import { varintAt } from '../request-parts.js';
import { writeVarint } from '../varint.js';
import type { SymbolTable } from './symbol-table.js';

/**
 * Makes of a series' labels, as remote write 1.0 bytes, the packed references of 2.0. Most labels are
 * those of the series before, at the same place: only the others become strings that are looked up.
 */
export class LabelRefs {
  /** Overwritten by the next series. */
  bytes = new Uint8Array(1024);
  length = 0;
  /** Read as latin1. */
  metricName = '';
  /** Which label that is; -1: none. */
  #nameIndex = -1;
  #symbols: SymbolTable | undefined;
  /** The labels of the series before, how many they are, and by label where it ends. */
  #before: Uint8Array = new Uint8Array(1024);
  #count = 0;
  #ends: number[] = [];
  #endsBefore: number[] = [];
  /** By label, the numbers of its name and its value. */
  readonly #refs: number[] = [];

  get memoryBytes(): number {
    return this.bytes.byteLength + this.#before.byteLength + 32 * this.#ends.length;
  }

  /** False when the metric is that of the series before. */
  take(labels: Uint8Array, symbols: SymbolTable): boolean {
    if (symbols !== this.#symbols) this.#count = 0;
    this.#symbols = symbols;
    [this.#ends, this.#endsBefore] = [this.#endsBefore, this.#ends];
    this.length = 0;
    let isOther = this.#count === 0;
    let index = 0;
    for (let at = 0; at < labels.length; index++) {
      const { value, end } = varintAt(labels, at + 1);
      const to = end + value;
      if (!this.#isAsBefore(labels, index, at, to) && this.#look(labels, index, end, symbols)) {
        isOther = true;
      }
      this.#write(this.#refs[2 * index]!, this.#refs[2 * index + 1]!);
      this.#ends[index] = to;
      at = to;
    }
    if (this.#nameIndex >= index) isOther = this.#setName(-1, '');
    this.#count = index;
    this.#keep(labels);
    return isOther;
  }

  #isAsBefore(labels: Uint8Array, index: number, from: number, to: number): boolean {
    if (index >= this.#count) return false;
    const fromBefore = index === 0 ? 0 : this.#endsBefore[index - 1]!;
    if (this.#endsBefore[index]! - fromBefore !== to - from) return false;
    const before = this.#before;
    const shift = fromBefore - from;
    // What differs is mostly the end.
    for (let i = to - 1; i >= from; i--) if (labels[i] !== before[i + shift]) return false;
    return true;
  }

  /** Reads a Label { name = 1; value = 2 }; true when the metric's name is another one now. */
  #look(labels: Uint8Array, index: number, from: number, symbols: SymbolTable): boolean {
    const text = Buffer.from(labels.buffer, labels.byteOffset, labels.byteLength);
    const nameLength = varintAt(text, from + 1);
    const nameEnd = nameLength.end + nameLength.value;
    const name = text.toString('latin1', nameLength.end, nameEnd);
    const valueLength = varintAt(text, nameEnd + 1);
    const value = text.toString('latin1', valueLength.end, valueLength.end + valueLength.value);
    this.#refs[2 * index] = symbols.refOf(name);
    this.#refs[2 * index + 1] = symbols.refOf(value);
    if (name === '__name__') return this.#setName(index, value);
    return index === this.#nameIndex && this.#setName(-1, '');
  }

  #setName(index: number, name: string): true {
    this.#nameIndex = index;
    this.metricName = name;
    return true;
  }

  #write(name: number, value: number): void {
    if (this.length + 16 > this.bytes.length) {
      const grown = new Uint8Array(this.bytes.length * 2);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.length = writeVarint(this.bytes, writeVarint(this.bytes, this.length, name), value);
  }

  #keep(labels: Uint8Array): void {
    if (this.#before.length < labels.length) this.#before = new Uint8Array(labels.length * 2);
    this.#before.set(labels);
  }
}
