/**
 * LZ4's frame format (lz4_Frame_format.md, version 1.6.1) with independent blocks of 64 KiB, which is what
 * Kafka's Java client reads. Magic, flags, block size, and their checksum, which never changes.
 */
const frameHead = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82);
const blockBytes = 64 * 1024;
const storedFlag = 0x8000_0000;

// LZ4's block format (lz4_Block_format.md): matches of at least 4 bytes, the last of which begins
// 12 bytes before the end at the latest, and the last 5 bytes are literals.
const shortestMatch = 4;
const lastMatchMargin = 12;
const lastLiterals = 5;
const hashBits = 14;

const positions = new Int32Array(1 << hashBits);

/** What a block may take when nothing in it repeats. */
function bound(length: number): number {
  return length + Math.ceil(length / 255) + 16;
}

/** The bytes as one frame. */
export function lz4Frame(bytes: Uint8Array): Uint8Array {
  const blocks = Math.ceil(bytes.length / blockBytes);
  const out = Buffer.allocUnsafe(frameHead.length + 4 + blocks * (4 + bound(blockBytes)));
  out.set(frameHead);
  let at = frameHead.length;
  for (let from = 0; from < bytes.length; from += blockBytes) {
    const block = bytes.subarray(from, from + blockBytes);
    const end = compressBlock(block, out, at + 4);
    const length = end - at - 4;
    if (length < block.length) {
      out.writeUInt32LE(length, at);
      at = end;
    } else {
      out.writeUInt32LE((block.length | storedFlag) >>> 0, at);
      out.set(block, at + 4);
      at += 4 + block.length;
    }
  }
  out.writeUInt32LE(0, at);
  return out.subarray(0, at + 4);
}

function compressBlock(source: Uint8Array, out: Uint8Array, start: number): number {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const lastMatch = source.length - lastMatchMargin;
  positions.fill(-1);
  let at = 0;
  let literalsFrom = 0;
  let end = start;
  let misses = 64;
  while (at <= lastMatch) {
    const word = view.getInt32(at, true);
    const slot = Math.imul(word, -1640531535) >>> (32 - hashBits);
    const candidate = positions[slot]!;
    positions[slot] = at;
    if (candidate < 0 || view.getInt32(candidate, true) !== word) {
      // Where nothing repeats, ever fewer positions are tried.
      at += misses++ >> 6;
      continue;
    }
    misses = 64;
    const limit = source.length - lastLiterals;
    let length = shortestMatch;
    while (at + length < limit && source[candidate + length] === source[at + length]) length++;
    end = writeSequence(source.subarray(literalsFrom, at), at - candidate, length, out, end);
    at += length;
    literalsFrom = at;
  }
  return writeLiterals(source.subarray(literalsFrom), 0, out, end);
}

function writeSequence(
  literals: Uint8Array,
  offset: number,
  length: number,
  out: Uint8Array,
  start: number,
): number {
  const rest = length - shortestMatch;
  let at = writeLiterals(literals, Math.min(rest, 15), out, start);
  out[at++] = offset;
  out[at++] = offset >> 8;
  if (rest >= 15) at = writeLength(rest - 15, out, at);
  return at;
}

function writeLiterals(
  literals: Uint8Array,
  matchNibble: number,
  out: Uint8Array,
  start: number,
): number {
  const { length } = literals;
  let at = start;
  out[at++] = (Math.min(length, 15) << 4) | matchNibble;
  if (length >= 15) at = writeLength(length - 15, out, at);
  out.set(literals, at);
  return at + length;
}

function writeLength(length: number, out: Uint8Array, start: number): number {
  let at = start;
  let rest = length;
  for (; rest >= 255; rest -= 255) out[at++] = 255;
  out[at++] = rest;
  return at;
}

/** Undoes any frame without a dictionary. @throws Error where it is none */
export function undoLz4Frame(frame: Uint8Array): Buffer {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== 0x184d2204) throw new Error('no LZ4 frame');
  const flags = bytes[4]!;
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const hasSize = (flags & 0x08) !== 0;
  let at = hasSize ? 15 : 7;
  let out: Buffer = Buffer.alloc(0);
  for (;;) {
    const word = bytes.readUInt32LE(at);
    at += 4;
    if (word === 0) return out;
    const length = word & 0x7fffffff;
    const block = bytes.subarray(at, at + length);
    if (block.length < length) throw new Error('an LZ4 frame that is cut off');
    out = word >= storedFlag ? Buffer.concat([out, block]) : undoBlock(block, out);
    at += length + (hasBlockChecksum ? 4 : 0);
  }
}

/** Appends what the block holds: it may refer to what was before. */
function undoBlock(block: Uint8Array, before: Buffer): Buffer {
  let out: Buffer = Buffer.alloc(Math.max(before.length * 2, before.length + block.length * 4));
  before.copy(out);
  let end = before.length;
  const reserve = (more: number): void => {
    if (end + more <= out.length) return;
    const grown = Buffer.alloc(Math.max(out.length * 2, end + more));
    out.copy(grown);
    out = grown;
  };
  const lengthAt = (nibble: number, from: number): [length: number, at: number] => {
    let length = nibble;
    let at = from;
    for (let more = nibble === 15 ? 255 : 0; more === 255; ) {
      more = block[at++]!;
      length += more;
    }
    return [length, at];
  };
  for (let at = 0; at < block.length; ) {
    const token = block[at++]!;
    const [literals, from] = lengthAt(token >> 4, at);
    reserve(literals);
    out.set(block.subarray(from, from + literals), end);
    end += literals;
    at = from + literals;
    if (at >= block.length) break;
    const offset = block[at]! | (block[at + 1]! << 8);
    const [rest, next] = lengthAt(token & 15, at + 2);
    at = next;
    if (offset === 0 || offset > end) throw new Error('an LZ4 block that is damaged');
    reserve(rest + shortestMatch);
    for (let i = 0; i < rest + shortestMatch; i++, end++) out[end] = out[end - offset]!;
  }
  return out.subarray(0, end);
}
