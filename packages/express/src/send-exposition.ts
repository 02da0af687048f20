import { pipeline } from 'node:stream/promises';
import type { ExpositionResponse } from '@prom-agent/core';
import { recycled } from '@prom-agent/core/http';
import type { Request, Response } from 'express';

/** Streams at the reader's pace. Rejects when the body fails; a reader that leaves is no failure. */
export async function sendExposition(
  request: Request,
  response: Response,
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
