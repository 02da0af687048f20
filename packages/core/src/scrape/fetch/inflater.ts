import { gunzipSync } from 'node:zlib';
import type { MemoryAccount } from '../memory-account.js';
import { GunzipContext, InflateError } from './gunzip-context.js';

const smallestBytes = 64 * 1024;
/** A larger output is let go after use: one huge target would pin its size for good. */
const keptBytes = 4 * 1024 * 1024;
/** The shortest gzip file; its last four bytes are the size of what was packed (RFC 1952). */
const shortestGzipBytes = 18;
/** Deflate packs no better than this (zlib's technical details). */
const mostPacked = 1032;

/**
 * Gunzips the bodies of a thread into one kept buffer with one kept zlib context. zlib.gunzipSync
 * makes both anew for each body: at 100 bodies of 60 KB a second that memory made V8 collect the
 * whole heap once a second, two fifths of a scrape thread's CPU. Bench: scrape.
 *
 * It is synchronous because libuv's threads are the host's (measured: its fs.stat waited 43 ms behind
 * a thread's asynchronous gunzips). A body so large that others would wait for it comes in slices, and
 * has an inflater of its own.
 */
export class Inflater {
  readonly #memory: MemoryAccount;
  readonly #gunzip = new GunzipContext();
  #output = Buffer.alloc(0);

  constructor(memory: MemoryAccount) {
    this.#memory = memory;
  }

  /**
   * The inflated bytes: a view that is valid until the next call or {@link release}.
   * @throws an Error with `code`: zlib's own, or ERR_BUFFER_TOO_LARGE beyond `limitBytes` or memory
   */
  inflate(input: Uint8Array, limitBytes: number): Uint8Array {
    const gunzip = this.#gunzip;
    if (!gunzip.isUsable) return gunzipSync(input, { maxOutputLength: limitBytes });
    gunzip.begin(input);
    do {
      if (gunzip.written === this.#output.length) this.#grow(limitBytes);
    } while (!gunzip.write(this.#output, this.#output.length - gunzip.written));
    return this.#inflated(limitBytes);
  }

  /** The same, pausing after every `sliceBytes`; nothing else may be called before the last. */
  *inflateSlices(
    input: Uint8Array,
    limitBytes: number,
    sliceBytes: number,
  ): Generator<undefined, Uint8Array> {
    const gunzip = this.#gunzip;
    if (!gunzip.isUsable) return gunzipSync(input, { maxOutputLength: limitBytes });
    gunzip.begin(input);
    this.#expect(announcedBytes(input), limitBytes);
    for (;;) {
      if (gunzip.written === this.#output.length) this.#grow(limitBytes);
      const room = Math.min(sliceBytes, this.#output.length - gunzip.written);
      if (gunzip.write(this.#output, room)) return this.#inflated(limitBytes);
      yield;
    }
  }

  /** After a body was used: a large buffer goes back. */
  release(): void {
    if (this.#output.length > keptBytes) this.#free();
  }

  /** Gives back all there is. */
  close(): void {
    this.#free();
    this.#gunzip.close();
  }

  #inflated(limitBytes: number): Uint8Array {
    const { written } = this.#gunzip;
    this.#gunzip.end();
    if (written > limitBytes) throw tooLarge();
    return this.#output.subarray(0, written);
  }

  #free(): void {
    this.#memory.give(this.#output.length);
    this.#output = Buffer.alloc(0);
  }

  /** Room for a large body at once, where its size is told and can be: growing copies. */
  #expect(bytes: number, limitBytes: number): void {
    if (bytes < this.#output.length) return;
    // One byte that stays free tells that the body has ended.
    const length = Math.min(bytes, limitBytes) + 1;
    if (this.#memory.take(length - this.#output.length))
      this.#output = Buffer.allocUnsafeSlow(length);
  }

  #grow(limitBytes: number): void {
    const before = this.#output;
    if (before.length > limitBytes) throw tooLarge();
    const length = Math.max(smallestBytes, before.length * 2);
    if (!this.#memory.take(length - before.length)) throw tooLarge();
    this.#output = Buffer.allocUnsafeSlow(length);
    this.#output.set(before);
  }
}

/**
 * What a gzip file says it holds, modulo 2^32; 0 where that cannot be. A hint: of several members it is
 * the last one's, and whoever packed it may lie.
 */
export function announcedBytes(input: Uint8Array): number {
  const { length } = input;
  if (length < shortestGzipBytes) return 0;
  const view = new DataView(input.buffer, input.byteOffset, length);
  const bytes = view.getUint32(length - 4, true);
  return bytes <= length * mostPacked ? bytes : 0;
}

function tooLarge(): InflateError {
  return new InflateError('the body is larger than it may be', 'ERR_BUFFER_TOO_LARGE');
}
