import { compressed } from '../../wire/request-parts.js';
import { uncompress } from '../../wire/uncompress.js';

/**
 * Snappy as Kafka's Java client writes it (xerial's SnappyOutputStream): a head, then blocks, each with
 * its length in front.
 */
const head = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1);
const blockBytes = 32 * 1024;

export function xerialFrame(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [head];
  for (let from = 0; from < bytes.length; from += blockBytes) {
    const block = compressed(bytes.subarray(from, from + blockBytes));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** Undoes a frame, and a bare block, which other clients write. */
export function undoXerialFrame(frame: Uint8Array): Buffer {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  if (bytes.compare(head, 0, 8, 0, 8) !== 0) return Buffer.from(uncompress(bytes));
  const blocks: Uint8Array[] = [];
  for (let at = head.length; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    blocks.push(uncompress(bytes.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}
