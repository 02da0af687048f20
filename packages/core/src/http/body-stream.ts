import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { recycleChunk } from '../self/chunk-pool.js';

/** What is known of a response while its body is sent; HTTP/2's has the same. */
type Destination = Pick<ServerResponse, 'once' | 'writableLength'>;

/**
 * The body as a stream for a framework that pipes it into its response. A chunk is given back when the
 * system has taken its bytes, which is known only where nothing stands between the two: a hook that
 * puts a compressor there gets chunks that stay its own.
 */
export class BodyStream extends Readable {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #response: Destination;
  #isDirect = false;
  #given: Uint8Array[] = [];

  constructor(body: AsyncIterable<Uint8Array>, response: Destination) {
    // Nothing is read ahead: the next chunk is asked for when the response has taken the one before.
    super({ highWaterMark: 0 });
    this.#iterator = body[Symbol.asyncIterator]();
    this.#response = response;
    response.once('pipe', (source: unknown) => {
      this.#isDirect = source === this;
    });
  }

  override _read(): void {
    this.#recycle();
    this.#iterator.next().then(
      ({ done, value }) => {
        if (done) {
          this.push(null);
          return;
        }
        if (this.#isDirect) this.#given.push(value);
        this.push(value);
      },
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const returned = this.#iterator.return?.() ?? Promise.resolve();
    returned.then(
      () => done(error),
      (failure: Error) => done(error ?? failure),
    );
  }

  #recycle(): void {
    if (this.readableLength > 0 || this.#response.writableLength > 0) return;
    for (const chunk of this.#given) recycleChunk(chunk);
    this.#given = [];
  }
}

/**
 * For `pipeline(recycled(body, response), response)`: gives each chunk back once its bytes are taken. From
 * Node 22 on a response takes 64 KiB before it asks to wait, so several may be on their way.
 */
export async function* recycled(
  body: AsyncIterable<Uint8Array>,
  response: Pick<ServerResponse, 'writableLength'>,
): AsyncGenerator<Uint8Array> {
  const given: Uint8Array[] = [];
  for await (const chunk of body) {
    given.push(chunk);
    yield chunk;
    if (response.writableLength > 0) continue;
    for (const taken of given) recycleChunk(taken);
    given.length = 0;
  }
}
