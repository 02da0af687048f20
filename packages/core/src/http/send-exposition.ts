import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ExpositionResponse } from '../agent-api.js';
import { recycled } from './body-stream.js';

/** Streams at the reader's pace. Rejects when the body fails; a reader that leaves is no failure. */
export async function sendExposition(
  request: Pick<IncomingMessage, 'method'>,
  response: ServerResponse,
  { status, headers, body }: ExpositionResponse,
): Promise<void> {
  response.writeHead(status, headers);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    await pipeline(recycled(body, response), response);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
