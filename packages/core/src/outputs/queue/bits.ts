/** A set of small whole numbers. */
export class Bits {
  #bytes = new Uint8Array(32);
  count = 0;

  get memoryBytes(): number {
    return this.#bytes.byteLength;
  }

  has(index: number): boolean {
    return ((this.#bytes[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  add(index: number): void {
    if (this.has(index)) return;
    const at = index >> 3;
    if (at >= this.#bytes.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[at]! |= 1 << (index & 7);
    this.count++;
  }

  /** False when it was not there. */
  delete(index: number): boolean {
    if (!this.has(index)) return false;
    this.#bytes[index >> 3]! &= ~(1 << (index & 7));
    this.count--;
    return true;
  }
}
