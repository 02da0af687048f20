import { constants, createGunzip, gunzipSync } from 'node:zlib';
import type { MemoryAccount } from './memory-account.js';

/**
 * The synchronous core of node:zlib's streams, which zlib.gunzipSync drives too (lib/zlib.js,
 * processChunkSync; the same from Node 10 to 24). It is no public API, so it is looked at before use.
 */
interface GunzipHandle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
  onerror: (message: string, errno: number, code: string) => void;
}

interface GunzipStream {
  _handle?: GunzipHandle;
  /** After a write: bytes of output that are free, bytes of input that are left. */
  _writeState?: Uint32Array;
  reset(): void;
}

/** Why a body could not be inflated, beside zlib's own errors (their `code` begins with `Z_`). */
export class InflateError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

const smallestBytes = 64 * 1024;
/** A larger output is let go after use: one huge target would pin its size for good. */
const keptBytes = 4 * 1024 * 1024;

/**
 * Gunzips the bodies of a thread into one kept buffer with one kept zlib context. zlib.gunzipSync
 * makes both anew for each body: at 100 bodies of 60 KB a second that memory made V8 collect the
 * whole heap once a second, two fifths of a scrape thread's CPU. Bench: scrape.
 *
 * It is synchronous because libuv's threads are the host's (measured: its fs.stat waited 43 ms behind
 * a thread's asynchronous gunzips).
 */
export class Inflater {
  readonly #memory: MemoryAccount;
  readonly #stream: GunzipStream;
  #output = Buffer.alloc(0);
  #error: InflateError | undefined;

  constructor(memory: MemoryAccount) {
    this.#memory = memory;
    this.#stream = createGunzip() as unknown as GunzipStream;
    const handle = this.#stream._handle;
    if (handle === undefined) return;
    handle.onerror = (message, _errno, code) => {
      this.#error = new InflateError(message, code);
    };
  }

  /**
   * The inflated bytes: a view that is valid until the next call or {@link release}.
   * @throws an Error with `code`: zlib's own, or ERR_BUFFER_TOO_LARGE beyond `limitBytes` or memory
   */
  inflate(input: Uint8Array, limitBytes: number): Uint8Array {
    const { _handle: handle, _writeState: state } = this.#stream;
    if (typeof handle?.writeSync !== 'function' || !(state instanceof Uint32Array)) {
      return gunzipSync(input, { maxOutputLength: limitBytes });
    }
    this.#error = undefined;
    this.#stream.reset();
    let read = 0;
    let written = 0;
    for (;;) {
      if (written === this.#output.length) this.#grow(limitBytes);
      const room = this.#output.length - written;
      handle.writeSync(
        constants.Z_FINISH,
        input,
        read,
        input.length - read,
        this.#output,
        written,
        room,
      );
      if (this.#error !== undefined) throw this.#error;
      written = this.#output.length - state[0]!;
      read = input.length - state[1]!;
      if (state[0]! > 0) break;
    }
    if (written > limitBytes) throw tooLarge();
    return this.#output.subarray(0, written);
  }

  /** After a body was used: a large buffer goes back. */
  release(): void {
    if (this.#output.length <= keptBytes) return;
    this.#memory.give(this.#output.length);
    this.#output = Buffer.alloc(0);
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

function tooLarge(): InflateError {
  return new InflateError('the body is larger than it may be', 'ERR_BUFFER_TOO_LARGE');
}
