import type { Agent, ExpositionResponse } from '../agent-api.js';
import { compressed } from './compressed.js';
import { isSelectorError } from './federate/selector.js';

/** What an HTTP request for /federate brings. */
export interface FederateRequest {
  /** With its query, as the request line has it. */
  url: string;
  /** The Accept header. */
  accept?: string | undefined;
  /** The Accept-Encoding header. */
  acceptEncoding?: string | undefined;
}

/**
 * The answer to GET /federate: 200 with the selected samples, gzipped for those who accept it, or 400
 * with the words of a selector's error.
 */
export async function federateResponse(
  agent: Agent,
  { url, accept, acceptEncoding }: FederateRequest,
): Promise<ExpositionResponse> {
  const query = url.indexOf('?');
  const match = new URLSearchParams(query < 0 ? '' : url.slice(query + 1)).getAll('match[]');
  try {
    return compressed(await agent.federate(match, { accept }), acceptEncoding);
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
