import { gzipSync } from 'node:zlib';
import type { ExporterHandler } from './start-exporter.js';

/** What `prometheus/client_golang` sends for the text format. */
export const textContentType = 'text/plain; version=0.0.4; charset=utf-8';

export interface ServedBody {
  readonly body: string | Uint8Array;
  readonly status?: number;
  /** Beside, or instead of, the content type of the text format. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Serves what it is told: one body for all scrapes, or a function of the scrape's number (from 0).
 * Gzipped when the request accepts that, as real exporters do.
 */
export function serveBody(
  told: string | ServedBody | ((scrape: number) => ServedBody),
): ExporterHandler {
  let scrape = 0;
  return (request, response) => {
    const served = typeof told === 'function' ? told(scrape++) : told;
    const {
      body,
      status = 200,
      headers = {},
    } = typeof served === 'string' ? { body: served } : served;
    response.statusCode = status;
    response.setHeader('content-type', textContentType);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
      response.end(body);
      return;
    }
    response.setHeader('content-encoding', 'gzip');
    response.end(gzipSync(body, { level: 1 }));
  };
}
