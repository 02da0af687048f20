import { crc32 } from 'node:zlib';

/**
 * The file beside a segment that says which of its records need not be sent again: one bit each, in
 * blocks of 64 bytes that begin with a CRC32. A damaged block counts as zeros, so its records are sent
 * again; no block spans two pages of memory, so a killed process leaves each old or new.
 */
const blockBytes = 64;
const crcBytes = 4;
const recordsPerBlock = (blockBytes - crcBytes) * 8;

/** Which records of a segment are acknowledged, by their place in it. */
export class Acknowledgements {
  /** As in the file; the CRCs are right once saved. */
  #file: Buffer;
  #dirtyFrom = Number.POSITIVE_INFINITY;
  #dirtyTo = 0;
  count = 0;

  constructor(file: Buffer = Buffer.alloc(0)) {
    const blocks = Math.max(1, Math.ceil(file.length / blockBytes));
    this.#file = Buffer.alloc(blocks * blockBytes);
    for (let block = 0; block < blocks; block++) {
      const bytes = file.subarray(block * blockBytes, (block + 1) * blockBytes);
      if (!isSound(bytes)) continue;
      this.#file.set(bytes, block * blockBytes);
      for (const byte of bytes.subarray(crcBytes)) this.count += bitsIn(byte);
    }
  }

  get memoryBytes(): number {
    return this.#file.length;
  }

  get isDirty(): boolean {
    return this.#dirtyTo > 0;
  }

  has(record: number): boolean {
    const at = byteOf(record);
    return at < this.#file.length && (this.#file[at]! & (1 << (record & 7))) !== 0;
  }

  /** False when it was acknowledged before. */
  add(record: number): boolean {
    const at = byteOf(record);
    if (at >= this.#file.length) this.#grow(at);
    const bit = 1 << (record & 7);
    if ((this.#file[at]! & bit) !== 0) return false;
    this.#file[at]! |= bit;
    this.count++;
    const block = Math.floor(at / blockBytes);
    this.#dirtyFrom = Math.min(this.#dirtyFrom, block);
    this.#dirtyTo = Math.max(this.#dirtyTo, block + 1);
    return true;
  }

  /** Forgets those from `records` on. */
  cut(records: number): void {
    const most = (this.#file.length / blockBytes) * recordsPerBlock;
    for (let record = records; record < most; record++) {
      if (!this.has(record)) continue;
      this.#file[byteOf(record)]! &= ~(1 << (record & 7));
      this.count--;
    }
  }

  /** Gives the blocks that changed since, and where they belong; `write` has written or throws. */
  save(write: (bytes: Buffer, at: number) => void): void {
    if (!this.isDirty) return;
    const from = this.#dirtyFrom * blockBytes;
    const to = this.#dirtyTo * blockBytes;
    for (let at = from; at < to; at += blockBytes) {
      this.#file.writeUInt32LE(crc32(this.#file.subarray(at + crcBytes, at + blockBytes)), at);
    }
    write(this.#file.subarray(from, to), from);
    this.#dirtyFrom = Number.POSITIVE_INFINITY;
    this.#dirtyTo = 0;
  }

  #grow(at: number): void {
    const blocks = Math.max(Math.floor(at / blockBytes) + 1, (this.#file.length / blockBytes) * 2);
    const grown = Buffer.alloc(blocks * blockBytes);
    grown.set(this.#file);
    this.#file = grown;
  }
}

function byteOf(record: number): number {
  const block = Math.floor(record / recordsPerBlock);
  return block * blockBytes + crcBytes + ((record % recordsPerBlock) >> 3);
}

function isSound(block: Buffer): boolean {
  if (block.length < blockBytes) return false;
  return crc32(block.subarray(crcBytes)) === block.readUInt32LE(0);
}

function bitsIn(byte: number): number {
  let bits = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) bits++;
  return bits;
}
