/** Bytes of a chunk that is given to `write` or `end`; 0 for what is none, a callback for one. */
export function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    const known = typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8';
    return Buffer.byteLength(chunk, known);
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
