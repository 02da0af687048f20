import { pipeline, Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { ExpositionResponse } from '../agent-api.js';

/** The response gzipped, when its reader accepts that. */
export function compressed(
  response: ExpositionResponse,
  acceptEncoding: string | undefined,
): ExpositionResponse {
  if (!acceptsGzip(acceptEncoding)) return response;
  return {
    status: response.status,
    headers: { ...response.headers, 'content-encoding': 'gzip', vary: 'accept-encoding' },
    body: gzipped(response.body),
  };
}

/** RFC 9110, 12.5.3; without the header a scraper wants plain text. */
function acceptsGzip(acceptEncoding: string | undefined): boolean {
  let anything = false;
  for (const part of (acceptEncoding ?? '').toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const refused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    if (coding === 'gzip' || coding === 'x-gzip') return !refused;
    if (coding === '*') anything = !refused;
  }
  return anything;
}

/** zlib works on libuv's threads, one chunk at a time, so the event loop stays free meanwhile. */
async function* gzipped(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Expositions repeat themselves so much that the fastest level leaves little to the better ones.
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  // The error of the source reaches whoever iterates; there is nothing to do here.
  pipeline(Readable.from(body, { objectMode: false }), gzip, () => {});
  yield* gzip as AsyncIterable<Buffer>;
}
