import type { ExpositionResponse, MetricsRequest } from '../agent-api.js';
import { type Negotiated, negotiate } from '../exposition/render/negotiate.js';
import type { RegistryRenderer } from '../self/registry-renderer.js';
import { compressed } from './compressed.js';

/** The parts of an HTTP request that say how the metrics are wanted. */
export interface MetricsHttpRequest {
  /** With its query, as the request line has it. */
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What a request for the metrics asks for: formats, encodings, names. */
export function metricsRequest({ url = '', headers }: MetricsHttpRequest): MetricsRequest {
  const query = url.indexOf('?');
  const names = query < 0 ? [] : new URLSearchParams(url.slice(query + 1)).getAll('name[]');
  return {
    accept: headers['accept']?.toString(),
    acceptEncoding: headers['accept-encoding']?.toString(),
    names: names.length > 0 ? names : undefined,
  };
}

/** The answer to /metrics: the registry in the format and encoding its reader likes best. */
export function metricsResponse(
  renderer: RegistryRenderer,
  { accept, acceptEncoding, names }: MetricsRequest,
): ExpositionResponse {
  const { format, escaping, contentType } = negotiated(accept);
  const response: ExpositionResponse = {
    status: 200,
    headers: { 'content-type': contentType, vary: 'Accept, Accept-Encoding' },
    body: renderer.render({ format: { format, escaping }, names }),
  };
  return compressed(response, acceptEncoding);
}

/** A scraper asks for the same each time. */
const mostKnown = 16;
const known = new Map<string | undefined, Negotiated>();

function negotiated(accept: string | undefined): Negotiated {
  let found = known.get(accept);
  if (found === undefined) {
    found = negotiate(accept);
    if (known.size >= mostKnown) known.clear();
    known.set(accept, found);
  }
  return found;
}
