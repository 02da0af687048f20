import { promisify } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { constants, gzip, gzipSync } from 'node:zlib';
import type { PushBody } from './push-request.js';

/** A smaller body fits into one packet as it is. */
const leastGzipBytes = 1400;
/** A larger one would hold the event loop of a service for longer than a millisecond. */
const largestSyncBytes = 64 * 1024;

/** Expositions repeat themselves so much that the fastest level leaves little to the better ones. */
const gzipOptions = { level: constants.Z_BEST_SPEED };
const gzipAside = promisify(gzip);

const contentTypes: Readonly<Record<PushBody['format'], string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  protobuf:
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
};

/** What goes over the wire. */
export interface WireBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array | undefined;
}

export async function wireBody(
  body: PushBody | undefined,
  compression: 'gzip' | 'none',
): Promise<WireBody> {
  if (body === undefined) return { headers: {}, bytes: undefined };
  const { bytes, format } = body;
  const contentType = { 'content-type': contentTypes[format] };
  if (compression === 'none' || bytes.length < leastGzipBytes) {
    return { headers: contentType, bytes };
  }
  // libuv's threads are the host's: a scrape thread compresses by itself.
  const isAside = isMainThread && bytes.length > largestSyncBytes;
  return {
    headers: { ...contentType, 'content-encoding': 'gzip' },
    bytes: isAside ? await gzipAside(bytes, gzipOptions) : gzipSync(bytes, gzipOptions),
  };
}
