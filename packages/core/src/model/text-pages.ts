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

  /** A text in UTF-8. */
  addBytes(bytes: Uint8Array, start: number, end: number): void {
    this.#makeRoom(1, end - start);
    this.#place = this.#page.addBytes(bytes, start, end);
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
  /** Shared with the threads that are told of its texts. */
  readonly memory: SharedArrayBuffer;
  readonly #bytes: Buffer;
  #end = 0;

  /** @param memory of another thread's page, or how many bytes */
  constructor(memory: SharedArrayBuffer | number) {
    this.memory = typeof memory === 'number' ? new SharedArrayBuffer(memory) : memory;
    this.#bytes = Buffer.from(this.memory);
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

  addBytes(bytes: Uint8Array, start: number, end: number): number {
    const place = this.#end;
    const to = place + lengthBytes;
    for (let i = start; i < end; i++) this.#bytes[to + i - start] = bytes[i]!;
    this.#bytes.writeUInt32LE(end - start, place);
    this.#end = to + end - start;
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
