/*
 * Labels are read here as binary strings, one character per byte of UTF-8: they compare in the order
 * of UTF-8, take half the memory of other strings, and go out again without being encoded.
 */

/** A string as it stands in {@link BinaryLabels}. */
export function toBinary(text: string): string {
  return Buffer.from(text).toString('latin1');
}

export function fromBinary(binary: string): string {
  // All of ASCII is the same in both.
  return /^[\0-\x7f]*$/.test(binary) ? binary : Buffer.from(binary, 'latin1').toString();
}

/** The labels of one series, as long as no other has been read into it. */
export class BinaryLabels {
  #text = '';
  #bytes: Uint8Array = new Uint8Array(0);
  /** Per label: start and end of its name, start and end of its value. */
  readonly #spans: number[] = [];
  #spansUsed = 0;
  #at = 0;

  /** The value of a label; empty when it is not there. */
  valueOf(name: string): string {
    const spans = this.#spans;
    for (let i = 0; i < this.#spansUsed; i += 4) {
      const start = spans[i] as number;
      const hasLength = (spans[i + 1] as number) - start === name.length;
      if (hasLength && this.#text.startsWith(name, start)) {
        return this.#text.slice(spans[i + 2], spans[i + 3]);
      }
    }
    return '';
  }

  /** Calls `visit` for each label with where its name and its value stand in `bytes`. */
  forEachSpan(
    visit: (
      bytes: Uint8Array,
      nameStart: number,
      nameEnd: number,
      valueStart: number,
      valueEnd: number,
    ) => void,
  ): void {
    const spans = this.#spans;
    for (let i = 0; i < this.#spansUsed; i += 4) {
      visit(
        this.#bytes,
        spans[i] as number,
        spans[i + 1] as number,
        spans[i + 2] as number,
        spans[i + 3] as number,
      );
    }
  }

  /**
   * Reads remote-write 1.0's repeated `TimeSeries.labels` (prometheus prompb/types.proto): tag 0x0a
   * and a length, then name (0x0a) and value (0x12) with a length each, either left out when empty.
   */
  read(bytes: Uint8Array): void {
    this.#bytes = bytes;
    // One call into the engine's native code per series; slices of a string are cheap.
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    this.#at = 0;
    this.#spansUsed = 0;
    while (this.#at < bytes.length) {
      this.#at++;
      const length = this.#varint();
      this.#readLabel(this.#at + length);
    }
  }

  #readLabel(end: number): void {
    const spans = this.#spans;
    const first = this.#spansUsed;
    this.#spansUsed += 4;
    spans[first] = end;
    spans[first + 1] = end;
    spans[first + 2] = end;
    spans[first + 3] = end;
    while (this.#at < end) {
      const into = first + (this.#bytes[this.#at++] === 0x0a ? 0 : 2);
      const length = this.#varint();
      spans[into] = this.#at;
      this.#at += length;
      spans[into + 1] = this.#at;
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }
}
