import { buffer } from 'node:stream/consumers';

/** All of the standard input. */
export function readStdin(): Promise<Uint8Array> {
  return buffer(process.stdin);
}
