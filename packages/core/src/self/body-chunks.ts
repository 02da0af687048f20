/** A write to a socket costs the same for 100 bytes as for 64 KiB, which is also a TLS record's order. */
const chunkBytes = 65_536;

/** Gathers the small pieces of a body into chunks that are worth a write. */
export class BodyChunks {
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** True when {@link take} has a chunk's worth. */
  get full(): boolean {
    return this.#bytes >= chunkBytes;
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }

  /** Everything gathered, as one piece. */
  take(): Uint8Array {
    const only = this.#pieces.length === 1 ? this.#pieces[0] : undefined;
    const chunk = only ?? Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    this.#bytes = 0;
    return chunk;
  }
}
