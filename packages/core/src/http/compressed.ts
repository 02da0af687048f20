import { pipeline, Readable, type Transform } from 'node:stream';
import zlib, { createGzip } from 'node:zlib';
import type { ExpositionResponse } from '../agent-api.js';

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
    body: through(coding.createStream(), response.body),
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
  stream: Transform,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  // The error of the source reaches whoever iterates; there is nothing to do here.
  pipeline(Readable.from(body, { objectMode: false }), stream, () => {});
  yield* stream as AsyncIterable<Buffer>;
}
