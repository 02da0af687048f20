const keyBytes = 13;
// Of no key at all: most tables are made before anything is in them.
const nothing = new ArrayBuffer(0);

/**
 * What a KeyTable knows of each text: place and length, hash, context. Columns of one buffer: an
 * ArrayBuffer costs as much as a dozen lines parsed.
 */
export class KeyColumns {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  readonly hashes: Int32Array;
  readonly contexts: Uint8Array;

  constructor(length: number) {
    const buffer = length === 0 ? nothing : new ArrayBuffer(length * keyBytes);
    this.starts = new Int32Array(buffer, 0, length);
    this.lengths = new Int32Array(buffer, length * 4, length);
    this.hashes = new Int32Array(buffer, length * 8, length);
    this.contexts = new Uint8Array(buffer, length * 12, length);
  }

  get length(): number {
    return this.starts.length;
  }

  get byteLength(): number {
    return this.starts.length * keyBytes;
  }

  /** Takes over the first `count` keys. */
  copyFrom(from: KeyColumns, count: number): void {
    this.starts.set(from.starts.subarray(0, count));
    this.lengths.set(from.lengths.subarray(0, count));
    this.hashes.set(from.hashes.subarray(0, count));
    this.contexts.set(from.contexts.subarray(0, count));
  }
}

/** Doubles what is small; what is large must not stand half empty. */
export function grownLength(length: number): number {
  return length < 16_384 ? length * 2 : Math.ceil(length * 1.25);
}

export const noKeys = new KeyColumns(0);
