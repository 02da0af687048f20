/**
 * Texts of a page go together, so the smaller the pages are the less is kept for one that stays; each
 * costs some 250 bytes of heap.
 */
const pageBytes = 4_096;
const lengthBytes = 4;
/** Of UTF-8, for each UTF-16 unit. */
const mostBytesPerUnit = 3;

/** Pairs of texts outside of the JS heap, for those that are kept by the ten thousand and seldom read. */
export class TextPages {
  #page = new TextPage(pageBytes);
  #place = 0;

  /** Adds a pair, which stands on {@link page} at {@link place} until the next is added. */
  add(first: string, second: string): void {
    const bytes = lengthBytes * 2 + (first.length + second.length) * mostBytesPerUnit;
    if (bytes > this.#page.freeBytes) this.#page = new TextPage(Math.max(bytes, pageBytes));
    this.#place = this.#page.add(first);
    this.#page.add(second);
  }

  get page(): TextPage {
    return this.#page;
  }

  get place(): number {
    return this.#place;
  }
}

/** One buffer of texts; whoever reads one of them keeps it in memory. */
export class TextPage {
  readonly #bytes: Buffer;
  #end = 0;

  constructor(bytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(bytes);
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

  #endOf(place: number): number {
    return place + lengthBytes + this.#bytes.readUInt32LE(place);
  }
}
