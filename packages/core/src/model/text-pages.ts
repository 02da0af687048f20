/**
 * The texts of a page go together: the smaller a page, the less stays for one text that does. But each takes
 * some 250 bytes of heap.
 */
const pageBytes = 8_192;
const lengthBytes = 4;
/** Of UTF-8, for each UTF-16 unit. */
const mostBytesPerUnit = 3;

/**
 * Texts outside of the JS heap, for those that are kept by the ten thousand and seldom read. What was added last
 * stands on {@link page} at {@link place}.
 */
export class TextPages {
  #page = new TextPage(pageBytes);
  #place = 0;

  add(text: string): void {
    this.#makeRoom(1, text.length);
    this.#place = this.#page.add(text);
  }

  /** The second one is read with the place of the first: {@link TextPage.readNext}. */
  addPair(first: string, second: string): void {
    this.#makeRoom(2, first.length + second.length);
    this.#place = this.#page.add(first);
    this.#page.add(second);
  }

  get page(): TextPage {
    return this.#page;
  }

  get place(): number {
    return this.#place;
  }

  #makeRoom(texts: number, units: number): void {
    const bytes = lengthBytes * texts + mostBytesPerUnit * units;
    if (bytes > this.#page.freeBytes) this.#page = new TextPage(Math.max(bytes, pageBytes));
  }
}

/** Where a pair of texts stands: {@link TextPages.addPair}. */
export interface TextPair {
  readonly page: TextPage;
  readonly place: number;
}

/** One buffer of texts; whoever reads one of them keeps it in memory. */
export class TextPage {
  readonly #bytes: Buffer;
  #end = 0;

  constructor(bytes: number | Buffer) {
    this.#bytes = typeof bytes === 'number' ? Buffer.allocUnsafeSlow(bytes) : bytes;
  }

  get freeBytes(): number {
    return this.#bytes.length - this.#end;
  }

  /** Its place. */
  add(text: string): number {
    const place = this.#end;
    const start = place + lengthBytes;
    const length = this.#bytes.write(text, start, 'utf8');
    this.#bytes.writeUInt32LE(length, place);
    this.#end = start + length;
    return place;
  }

  read(place: number): string {
    return this.#bytes.toString('utf8', place + lengthBytes, this.#endOf(place));
  }

  /** The text that was added after the one at the place. */
  readNext(place: number): string {
    return this.read(this.#endOf(place));
  }

  /** Where the text after the one at the place ends, and with it a pair. */
  pairEnd(place: number): number {
    return this.#endOf(this.#endOf(place));
  }

  /** Copies a pair to where another page reads it; returns where it ends there. */
  copyPair(place: number, to: Buffer, at: number): number {
    const end = this.pairEnd(place);
    this.#bytes.copy(to, at, place, end);
    return at + end - place;
  }

  #endOf(place: number): number {
    return place + lengthBytes + this.#bytes.readUInt32LE(place);
  }
}
