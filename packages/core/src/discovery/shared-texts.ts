import { TextTable } from '../model/text-table.js';

/** Texts kept to be found again; ten thousand groups have some hundreds in common. */
const mostKept = 4_096;

/** Writes texts into a table; one that came before is in memory once. */
export class SharedTexts {
  readonly table = new TextTable();
  readonly #numbers = new Map<string, number>();

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
}
