/** Texts kept to be found again; ten thousand groups have some hundreds in common. */
const mostKept = 4_096;

/** Gives one text for all that are equal, so that a value that many groups have is in memory once. */
export class SharedTexts {
  readonly #texts = new Map<string, string>();

  shared(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= mostKept) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}
