const hashBits = 14;
const hashShift = 32 - hashBits;
// What a copy with a two-byte offset reaches; the four-byte form saves nothing on our data.
export const farthestCopy = 65_535;
const shortestMatch = 4;
const longestCopy = 64;
// Positions of former sources stay in the table and are told apart by growing bases.
const lastBase = 0x4000_0000;

/** Bytes the compressed form of `length` bytes takes at most, preamble included. */
export function snappyBound(length: number): number {
  // Worst case of google/snappy's MaxCompressedLength.
  return 32 + length + Math.ceil(length / 6);
}

/**
 * Writes snappy block format (google/snappy, format_description.txt) without the length preamble.
 * It allocates nothing; one instance serves a thread.
 *
 * The caller says which ranges of the source may be covered by copies or read by them
 * ({@link findCopies}); everything between the ranges goes out as literals, and {@link mark} tells
 * where in the output such a literal byte lands. So a template can patch bytes after compression.
 */
export class SnappyCompressor {
  // By hash of four bytes: where they were seen last, and the end of the range they lie in.
  readonly #positions = new Int32Array(1 << hashBits);
  readonly #limits = new Int32Array(1 << hashBits);
  #base = 1;
  #source: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #sourceLength = 0;
  #target: Uint8Array = new Uint8Array(0);
  #out = 0;
  #literalFrom = 0;
  #marks = new Int32Array(1024);
  #marked = 0;
  #placed = 0;

  get memoryBytes(): number {
    return this.#positions.byteLength + this.#limits.byteLength + this.#marks.byteLength;
  }

  /**
   * Sets out to compress `source[0..length)` into `target`, which must have room for
   * {@link snappyBound}; `view` is the source's own.
   */
  begin(source: Uint8Array, view: DataView, length: number, target: Uint8Array): void {
    this.#base += this.#sourceLength;
    if (this.#base > lastBase) {
      this.#base = 1;
      this.#positions.fill(0);
    }
    this.#source = source;
    this.#view = view;
    this.#sourceLength = length;
    this.#target = target;
    this.#out = 0;
    this.#literalFrom = 0;
    this.#marked = 0;
    this.#placed = 0;
  }

  /** Compresses `source[from..to)`; its copies stay inside the ranges given to this method. */
  findCopies(from: number, to: number): void {
    const view = this.#view;
    const positions = this.#positions;
    const limits = this.#limits;
    const base = this.#base;
    const last = to - shortestMatch;
    let at = from;
    // After 32 misses every second position is tried, after 64 every third: snappy's own rule.
    let misses = 32;
    while (at <= last) {
      const word = view.getInt32(at, true);
      const slot = Math.imul(word, 0x1e35a7bd) >>> hashShift;
      const candidate = positions[slot]! - base;
      const limit = limits[slot]!;
      positions[slot] = at + base;
      limits[slot] = to;
      if (
        candidate >= 0 &&
        at - candidate <= farthestCopy &&
        view.getInt32(candidate, true) === word
      ) {
        at = this.copyAsFarAsEqual(at, to, candidate, limit);
        misses = 32;
      } else {
        at += misses++ >> 5;
      }
    }
  }

  /**
   * Emits the bytes at `at` as a copy of those at `candidate`, as far as they are equal, at most up
   * to `to` and reading no further than `limit`; returns where the copy ends. The caller knows that
   * at least four are equal and that `candidate` is at most 65,535 bytes back.
   */
  copyAsFarAsEqual(at: number, to: number, candidate: number, limit: number): number {
    const view = this.#view;
    const source = this.#source;
    const longest = Math.min(to - at, limit - candidate);
    let length = shortestMatch;
    while (
      length + 4 <= longest &&
      view.getInt32(candidate + length, true) === view.getInt32(at + length, true)
    ) {
      length += 4;
    }
    while (length < longest && source[candidate + length] === source[at + length]) length++;
    this.#emitLiteral(at);
    this.#emitCopy(at - candidate, length);
    this.#literalFrom = at + length;
    return at + length;
  }

  /**
   * Asks for the place in the output of a source byte outside all ranges; positions ascend. Returns
   * the index for {@link placeOf}.
   */
  mark(position: number): number {
    if (this.#marked === this.#marks.length) {
      const longer = new Int32Array(this.#marks.length * 2);
      longer.set(this.#marks);
      this.#marks = longer;
    }
    this.#marks[this.#marked] = position;
    return this.#marked++;
  }

  /** Writes what is left; returns the end of the output. */
  end(): number {
    this.#emitLiteral(this.#sourceLength);
    return this.#out;
  }

  /** After {@link end}: where the `index`th marked byte is in the target. */
  placeOf(index: number): number {
    return this.#marks[index]!;
  }

  #emitLiteral(to: number): void {
    const from = this.#literalFrom;
    const length = to - from;
    if (length === 0) return;
    const target = this.#target;
    const source = this.#source;
    const begin = this.#emitLiteralTag(length);
    if (length > 128) {
      target.set(source.subarray(from, to), begin);
    } else {
      for (let i = 0; i < length; i++) target[begin + i] = source[from + i]!;
    }
    this.#out = begin + length;
    while (this.#placed < this.#marked && this.#marks[this.#placed]! < to) {
      this.#marks[this.#placed]! += begin - from;
      this.#placed++;
    }
  }

  #emitLiteralTag(length: number): number {
    const target = this.#target;
    const n = length - 1;
    let at = this.#out;
    if (n < 60) {
      target[at++] = n << 2;
      return at;
    }
    const bytes = n < 0x100 ? 1 : n < 0x1_0000 ? 2 : n < 0x100_0000 ? 3 : 4;
    target[at++] = (59 + bytes) << 2;
    for (let i = 0; i < bytes; i++) target[at++] = n >>> (8 * i);
    return at;
  }

  #emitCopy(offset: number, length: number): void {
    const target = this.#target;
    let rest = length;
    // A tail of at least four bytes can still take the two-byte form below.
    while (rest >= longestCopy + shortestMatch) {
      this.#emitLongCopy(offset, longestCopy);
      rest -= longestCopy;
    }
    if (rest > longestCopy) {
      this.#emitLongCopy(offset, longestCopy - shortestMatch);
      rest -= longestCopy - shortestMatch;
    }
    if (rest >= 12 || offset >= 2048) {
      this.#emitLongCopy(offset, rest);
      return;
    }
    target[this.#out++] = 1 | ((rest - 4) << 2) | ((offset >> 8) << 5);
    target[this.#out++] = offset & 0xff;
  }

  #emitLongCopy(offset: number, length: number): void {
    const target = this.#target;
    target[this.#out++] = 2 | ((length - 1) << 2);
    target[this.#out++] = offset & 0xff;
    target[this.#out++] = offset >> 8;
  }
}
