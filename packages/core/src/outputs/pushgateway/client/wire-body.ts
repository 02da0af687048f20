import { promisify } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { constants, gzip, gzipSync } from 'node:zlib';
import type { RequestHeaders } from '../../../http-client/request-secrets.js';
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
  /** The same object for bodies of the same kind. */
  readonly headers: RequestHeaders;
  readonly bytes: Uint8Array | undefined;
}

/** Makes what goes over the wire of the bodies of one client. */
export class WireBodies {
  readonly #compression: 'gzip' | 'none';
  readonly #none: RequestHeaders;
  readonly #plain: Readonly<Record<PushBody['format'], RequestHeaders>>;
  readonly #gzipped: Readonly<Record<PushBody['format'], RequestHeaders>>;

  constructor(compression: 'gzip' | 'none', userAgent: string) {
    const none = { 'user-agent': userAgent };
    const headersOf = (format: PushBody['format']) => ({
      'content-type': contentTypes[format],
      ...none,
    });
    const gzippedOf = (format: PushBody['format']) => ({
      ...headersOf(format),
      'content-encoding': 'gzip',
    });
    this.#compression = compression;
    this.#none = none;
    this.#plain = { text: headersOf('text'), protobuf: headersOf('protobuf') };
    this.#gzipped = { text: gzippedOf('text'), protobuf: gzippedOf('protobuf') };
  }

  of(body: PushBody | undefined): WireBody | Promise<WireBody> {
    if (body === undefined) return { headers: this.#none, bytes: undefined };
    const { bytes, format } = body;
    if (this.#compression === 'none' || bytes.length < leastGzipBytes) {
      return { headers: this.#plain[format], bytes };
    }
    const headers = this.#gzipped[format];
    // libuv's threads are the host's: a scrape thread compresses by itself.
    return isMainThread && bytes.length > largestSyncBytes
      ? gzipAside(bytes, gzipOptions).then((gzipped) => ({ headers, bytes: gzipped }))
      : { headers, bytes: gzipSync(bytes, gzipOptions) };
  }
}
