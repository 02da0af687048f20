import { asciiText } from '../model/ascii-text.js';
import { TextTable } from '../model/text-table.js';
import { TextsByBytes } from './texts-by-bytes.js';

/** Texts kept to be found again; ten thousand groups have some hundreds in common. */
const mostKept = 4_096;

/** Writes texts into a table; one that came before is in memory once. */
export class SharedTexts {
  readonly table = new TextTable();
  readonly #numbers = new Map<string, number>();
  #byBytes = new TextsByBytes(mostKept);

  add(text: string): void {
    const known = this.#numbers.get(text);
    if (known !== undefined) {
      this.table.addAgain(known);
      return;
    }
    const number = this.table.add(text);
    if (this.#numbers.size >= mostKept) this.#numbers.clear();
    this.#numbers.set(text, number);
  }

  /** A text in ASCII and a hash of it; all are of the same bytes. */
  addBytes(bytes: Uint8Array, start: number, end: number, hash: number): void {
    const known = this.#byBytes.find(bytes, start, end, hash);
    if (known >= 0) {
      this.table.addAgain(known);
      return;
    }
    const number = this.table.add(asciiText(bytes, start, end));
    if (this.#byBytes.size >= mostKept) this.#byBytes = new TextsByBytes(mostKept);
    this.#byBytes.add(start, end, hash, number);
  }
}
