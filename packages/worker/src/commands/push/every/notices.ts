/**
 * Says on stderr what is wrong, once for as long as it stays the same, and when it is over: a script
 * that fails every few seconds writes two lines, not a log full of them.
 */
export class Notices {
  readonly #said = new Map<string, string>();
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** What is wrong with `topic`; undefined: nothing. */
  tell(topic: string, words: readonly string[] | undefined, over: string): void {
    const text = words?.join('\n');
    if (text === this.#said.get(topic)) return;
    if (text === undefined) {
      this.#said.delete(topic);
      this.#write(over);
      return;
    }
    this.#said.set(topic, text);
    for (const line of words ?? []) this.#write(line);
  }
}
