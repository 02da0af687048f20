import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const chunkChars = 64 * 1024;

/**
 * Writes lines to a standard stream as fast as it is read. A reader that leaves early (`| head`) is
 * a good end: the rest of the lines is never made.
 */
export async function writeLines(lines: Iterable<string>, stream: Writable): Promise<void> {
  try {
    await pipeline(Readable.from(chunksOf(lines), { highWaterMark: 1 }), stream);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
  }
}

function* chunksOf(lines: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < chunkChars) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
