// Servers send what has at most a few MiB (jute.maxbuffer); 100,000 children are about 5 MiB.
const longestFrameBytes = 64 * 1024 * 1024;

/** Cuts a stream into frames: each a length of four bytes and so many bytes. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #neededBytes = 4;

  /** The bodies that are complete now. Throws an Error when the stream is not of frames. */
  *push(chunk: Buffer): Iterable<Buffer> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes >= this.#neededBytes) {
      // Only when a frame is complete, so that one in many chunks is not copied for each of them.
      const joined = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      const length = joined.readInt32BE(0);
      if (length < 0 || length > longestFrameBytes) {
        throw new Error(`a frame of ${length} bytes: this is no ZooKeeper server`);
      }
      const end = 4 + length;
      this.#chunks = [joined];
      if (joined.length < end) {
        this.#neededBytes = end;
        return;
      }
      this.#chunks = [joined.subarray(end)];
      this.#bytes = joined.length - end;
      this.#neededBytes = 4;
      yield joined.subarray(4, end);
    }
  }
}
