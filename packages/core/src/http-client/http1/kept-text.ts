const mostBytes = 128;

/** A text that is read again and again and is mostly the same: no string is made of the same bytes twice. */
export class KeptText {
  readonly #bytes = new Uint8Array(mostBytes);
  #length = -1;
  #text = '';

  /** `bytes[from..to)` as latin1, without the blanks around it. */
  read(bytes: Buffer, from: number, to: number): string {
    const length = to - from;
    if (length === this.#length && this.#has(bytes, from)) return this.#text;
    const text = bytes.toString('latin1', from, to).trim();
    if (length <= mostBytes) {
      this.#bytes.set(bytes.subarray(from, to));
      this.#length = length;
      this.#text = text;
    }
    return text;
  }

  #has(bytes: Buffer, from: number): boolean {
    const known = this.#bytes;
    for (let i = 0; i < this.#length; i++) if (bytes[from + i] !== known[i]) return false;
    return true;
  }
}
