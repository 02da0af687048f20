import type { Agent, ExpositionResponse } from '../agent-api.js';
import { compressed } from './compressed.js';
import { isSelectorError } from './federate/selector.js';
import type { MetricsHttpRequest } from './metrics-endpoint.js';

/**
 * The answer to GET /federate: 200 with the selected samples, gzipped for those who accept it, or 400
 * with the words of a selector's error.
 */
export async function federateResponse(
  agent: Agent,
  { url = '', headers }: MetricsHttpRequest,
): Promise<ExpositionResponse> {
  const query = url.indexOf('?');
  const match = new URLSearchParams(query < 0 ? '' : url.slice(query + 1)).getAll('match[]');
  try {
    return compressed(
      await agent.federate(match, { accept: headers['accept']?.toString() }),
      headers['accept-encoding']?.toString(),
    );
  } catch (error) {
    if (isSelectorError(error)) return textResponse(400, error.message);
    throw error;
  }
}

/** A few words for whoever reads the endpoint by hand. */
export function textResponse(status: number, words: string): ExpositionResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: oneLine(words),
  };
}

async function* oneLine(words: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${words}\n`);
}
