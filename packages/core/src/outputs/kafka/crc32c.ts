const polynomial = 0x82f63b78;
const slices = 16;

/**
 * Sixteen tables behind each other, so that as many bytes are taken at a time: of one per byte the loop
 * waits for its own last result, and of tables apart V8 makes code that is a third slower or more.
 */
const table = makeTable();

function makeTable(): Int32Array {
  const all = new Int32Array(slices * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0);
    all[byte] = crc;
  }
  for (let at = 256; at < all.length; at++) {
    const before = all[at - 256]!;
    all[at] = (before >>> 8) ^ all[before & 0xff]!;
  }
  return all;
}

/** CRC-32C (Castagnoli) of `bytes[from..to)`, as Kafka's record batches carry it. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = -1;
  let at = from;
  for (const end = to - slices + 1; at < end; at += slices) {
    const a = crc ^ view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    const d = view.getInt32(at + 12, true);
    crc =
      table[d >>> 24]! ^
      table[256 | ((d >>> 16) & 0xff)]! ^
      table[512 | ((d >>> 8) & 0xff)]! ^
      table[768 | (d & 0xff)]! ^
      table[1024 | (c >>> 24)]! ^
      table[1280 | ((c >>> 16) & 0xff)]! ^
      table[1536 | ((c >>> 8) & 0xff)]! ^
      table[1792 | (c & 0xff)]! ^
      table[2048 | (b >>> 24)]! ^
      table[2304 | ((b >>> 16) & 0xff)]! ^
      table[2560 | ((b >>> 8) & 0xff)]! ^
      table[2816 | (b & 0xff)]! ^
      table[3072 | (a >>> 24)]! ^
      table[3328 | ((a >>> 16) & 0xff)]! ^
      table[3584 | ((a >>> 8) & 0xff)]! ^
      table[3840 | (a & 0xff)]!;
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}
