import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExpositionResponse } from '@prom-agent/core';
import { recycled } from '@prom-agent/core/http';

export function sendText(response: ServerResponse, status: number, text: string): void {
  send(response, status, 'text/plain; charset=utf-8', text);
}

export function sendHtml(response: ServerResponse, html: string): void {
  send(response, 200, 'text/html; charset=utf-8', html);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value));
}

/** An answer as of Prometheus' API. */
export function sendData(response: ServerResponse, data: unknown): void {
  sendJson(response, 200, { status: 'success', data });
}

export function sendBadData(response: ServerResponse, error: string): void {
  sendJson(response, 400, { status: 'error', errorType: 'bad_data', error });
}

export function sendNotFound(response: ServerResponse, error: string): void {
  sendJson(response, 404, { status: 'error', errorType: 'not_found', error });
}

const chunkChars = 64 * 1024;

/** Streams JSON at the reader's pace; between two chunks the event loop is everybody's. */
export async function sendJsonChunks(
  request: IncomingMessage,
  response: ServerResponse,
  pieces: Iterable<string>,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(chunksOf(pieces), response);
}

async function* chunksOf(pieces: Iterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < chunkChars) continue;
    yield chunk;
    chunk = '';
    await nextTurn();
  }
  yield chunk;
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    // Whatever a target put into a label stays what we say it is.
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

/** Streams at the reader's pace. Rejects when the reader leaves or the body fails midway. */
export async function sendExposition(
  request: IncomingMessage,
  response: ServerResponse,
  exposition: ExpositionResponse,
): Promise<void> {
  response.writeHead(exposition.status, exposition.headers);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(recycled(exposition.body, response), response);
}
