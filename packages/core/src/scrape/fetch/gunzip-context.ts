import { constants, createGunzip } from 'node:zlib';

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
  close(): void;
}

/** Why a body could not be inflated, beside zlib's own errors (their `code` begins with `Z_`). */
export class InflateError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** A zlib context that is used for one body after the other. */
export class GunzipContext {
  readonly #stream: GunzipStream;
  #input: Uint8Array = new Uint8Array(0);
  #read = 0;
  /** Bytes inflated of this body so far. */
  written = 0;
  #error: InflateError | undefined;

  constructor() {
    this.#stream = createGunzip() as unknown as GunzipStream;
    const handle = this.#stream._handle;
    if (handle === undefined) return;
    handle.onerror = (message, _errno, code) => {
      this.#error = new InflateError(message, code);
    };
  }

  /** False where Node.js has changed: then zlib.gunzipSync does it. */
  get isUsable(): boolean {
    const { _handle: handle, _writeState: state } = this.#stream;
    return typeof handle?.writeSync === 'function' && state instanceof Uint32Array;
  }

  begin(input: Uint8Array): void {
    this.#stream.reset();
    this.#error = undefined;
    this.#input = input;
    this.#read = 0;
    this.written = 0;
  }

  /**
   * Inflates at most `room` bytes more to where `output` is written up to; true when the body has ended.
   * @throws InflateError
   */
  write(output: Uint8Array, room: number): boolean {
    const { _handle: handle, _writeState: state } = this.#stream;
    const input = this.#input;
    const left = input.length - this.#read;
    handle!.writeSync(constants.Z_FINISH, input, this.#read, left, output, this.written, room);
    if (this.#error !== undefined) throw this.#error;
    this.written += room - state![0]!;
    this.#read = input.length - state![1]!;
    return state![0]! > 0;
  }

  /** Lets go of the input. */
  end(): void {
    this.#input = new Uint8Array(0);
  }

  /** Gives zlib's memory back. */
  close(): void {
    this.end();
    this.#stream.close();
  }
}
