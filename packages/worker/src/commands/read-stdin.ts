import { fstatSync } from 'node:fs';

/** What a pipe hands over at a time. */
const leastBytes = 65_536;

/**
 * All of the standard input, in one buffer that grows: gathered in pieces that are joined at the end
 * it would be in memory twice.
 */
export async function readStdin(): Promise<Uint8Array> {
  const { fd } = process.stdin;
  // A pipe has no size; a file that has grown since is read on.
  let bytes = Buffer.allocUnsafeSlow(Math.max(leastBytes, fstatSync(fd).size));
  let length = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    const needed = length + piece.length;
    if (needed > bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.ceil(bytes.length * 1.5)));
      bytes.copy(larger, 0, 0, length);
      bytes = larger;
    }
    piece.copy(bytes, length);
    length = needed;
  }
  return bytes.subarray(0, length);
}
