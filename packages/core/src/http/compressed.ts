import type { Transform } from 'node:stream';
import zlib, { createGzip } from 'node:zlib';
import type { ExpositionResponse } from '../agent-api.js';
import { recycleChunk } from '../self/chunk-pool.js';
import { nextTurn } from '../self/time-slice.js';

interface Coding {
  readonly name: string;
  createStream(): Transform;
}

/** Expositions repeat themselves so much that the fastest level leaves little to the better ones. */
const gzip: Coding = {
  name: 'gzip',
  createStream: () => createGzip({ level: zlib.constants.Z_BEST_SPEED }),
};

/** Node 22.15 has it. */
const { createZstdCompress } = zlib as { createZstdCompress?: () => Transform };

/** In our order of preference, for readers who have none: zstd is smaller and costs less. */
const codings: readonly Coding[] =
  createZstdCompress === undefined
    ? [gzip]
    : [{ name: 'zstd', createStream: createZstdCompress }, gzip];

/** The response in the encoding its reader likes best. */
export function compressed(
  response: ExpositionResponse,
  acceptEncoding: string | undefined,
): ExpositionResponse {
  const headers = { vary: 'Accept-Encoding', ...response.headers };
  const coding = bestCoding(acceptEncoding ?? '');
  if (coding === undefined) return { ...response, headers };
  return {
    status: response.status,
    headers: { ...headers, 'content-encoding': coding.name },
    body: through(coding, response.body),
  };
}

/** RFC 9110, 12.5.3; without the header a scraper wants plain text, which is also what we give up last. */
function bestCoding(acceptEncoding: string): Coding | undefined {
  const qualities = new Map<string, number>();
  for (const part of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    qualities.set(name === 'x-gzip' ? 'gzip' : name, q === undefined ? 1 : Number(q));
  }
  // Whoever takes anything means what everybody has.
  const anything = qualities.get('*') ?? 0;
  const qualityOf = (name: string): number =>
    qualities.get(name) ?? (name === gzip.name ? anything : 0);
  let best: Coding | undefined;
  // Where nothing is said of it, plain text is for readers who accept nothing else.
  let bestQuality = qualities.get('identity') ?? 0;
  for (const coding of codings) {
    const quality = qualityOf(coding.name);
    const isBetter = best === undefined ? quality >= bestQuality : quality > bestQuality;
    if (quality > 0 && isBetter) {
      best = coding;
      bestQuality = quality;
    }
  }
  return best;
}

/** The streams work on libuv's threads, one chunk at a time, so the event loop stays free meanwhile. */
async function* through(
  coding: Coding,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  // Making it is a quarter of a millisecond; the request had a turn of the event loop already.
  await nextTurn();
  const stream = coding.createStream();
  // An error of the source reaches whoever iterates through the stream.
  void feed(stream, body).catch((error: Error) => stream.destroy(error));
  yield* stream as AsyncIterable<Buffer>;
}

/** Stops the body when the stream is destroyed, which is when its reader has left. */
async function feed(stream: Transform, body: AsyncIterable<Uint8Array>): Promise<void> {
  const left = new Promise<void>((resolve) => {
    stream.once('close', resolve);
  });
  for await (const chunk of body) {
    await Promise.race([left, written(stream, chunk)]);
    if (stream.destroyed) return;
    recycleChunk(chunk);
  }
  stream.end();
}

/** Resolves when the bytes have been taken in; they may be used again then. */
function written(stream: Transform, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
