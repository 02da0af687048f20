import { KeyTable } from './key-table.js';

const noUses = new Int32Array(0);

/**
 * The comment lines (HELP, TYPE, UNIT and others) that bodies are expected to have. Targets of one
 * kind show the same ones, half of a node_exporter's body, so the parsers of a thread share a table.
 * A line stays as long as some parser expects it.
 */
export class CommentTable {
  /** A comment's context is what it makes of the lines after it, or `unchangedContext`. */
  readonly keys = new KeyTable();
  #uses = noUses;
  /** Lines that were dropped: each may have left its number to another. */
  dropped = 0;

  get memoryBytes(): number {
    return this.keys.memoryBytes + this.#uses.byteLength;
  }

  /** Counts the comments among a body's lines (see LineOrder) as expected. */
  hold(entries: Int32Array, count: number): void {
    this.#fit();
    for (let i = 0; i < count; i++) if (entries[i]! < 0) this.#uses[~entries[i]!]!++;
  }

  /** Undoes a `hold` and drops lines that nobody expects any more. */
  release(entries: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) if (entries[i]! < 0) this.releaseOne(~entries[i]!);
  }

  holdOne(slot: number): void {
    if (slot >= this.#uses.length) this.#fit();
    this.#uses[slot]!++;
  }

  /** Drops the line when nobody else holds it. */
  releaseOne(slot: number): void {
    this.#uses[slot]!--;
    if (this.#uses[slot] !== 0) return;
    this.keys.remove(slot);
    this.dropped++;
  }

  /** Gives back the room that is left over. */
  trim(): void {
    this.keys.trim();
    const { length } = this.keys.starts;
    if (length < this.#uses.length) this.#uses = this.#uses.slice(0, length);
  }

  #fit(): void {
    // As the keys' own arrays, which have room for all of a first body.
    const { length } = this.keys.starts;
    if (this.#uses.length >= length) return;
    const uses = new Int32Array(length);
    uses.set(this.#uses);
    this.#uses = uses;
  }
}
