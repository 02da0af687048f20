import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import { freePort } from '../servers/free-port.js';
import { textContentType } from './serve-body.js';
import type { ExporterHandler } from './start-exporter.js';

const goodLine = 'hostile_metric 1\n';

/** An address where nobody listens. */
export async function refusingAddress(): Promise<string> {
  return `127.0.0.1:${await freePort()}`;
}

/** Takes the request and never answers. */
export const hangsBeforeHeaders: ExporterHandler = () => {};

/** Sends headers and a line, then nothing more. */
export const hangsMidBody: ExporterHandler = (_request, response) => {
  startText(response);
  response.write(goodLine);
};

/** Says it is text and sends random bytes. */
export const garbage: ExporterHandler = (_request, response) => {
  // Not 0 as the first one: Prometheus' lexer takes a NUL at the start of a line for the end.
  startText(response).end(Buffer.concat([Buffer.of(0xff), randomBytes(4096)]));
};

/** Good lines, then one that is no sample. */
export const syntaxError: ExporterHandler = (_request, response) => {
  startText(response).end(`${goodLine}hostile_other{label="x} 2\n`);
};

/** Announces twice the bytes it sends, then resets the connection. */
export const halfBody: ExporterHandler = (_request, response) => {
  const body = goodLine.repeat(100);
  response.setHeader('content-length', body.length * 2);
  startText(response).write(body, () => response.socket?.resetAndDestroy());
};

/** A chunked body whose connection ends before the last chunk: no length gives it away. */
export const brokenChunks: ExporterHandler = (_request, response) => {
  startText(response).write(goodLine.repeat(100), () => response.socket?.destroy());
};

/** A gzip stream that stops in the middle, while the response itself is whole. */
export const truncatedGzip: ExporterHandler = (_request, response) => {
  const body = gzipSync(goodLine.repeat(1000));
  response.setHeader('content-encoding', 'gzip');
  startText(response).end(body.subarray(0, body.length / 2));
};

/** Says it is gzip and is not. */
export const falseGzip: ExporterHandler = (_request, response) => {
  response.setHeader('content-encoding', 'gzip');
  startText(response).end(goodLine);
};

/** 1 GB of text, as fast as the client reads. */
export const gigabyte: ExporterHandler = (_request, response) => {
  streamBlocks(startText(response), 1e9);
};

/** Text without end, as fast as the client reads. */
export const endless: ExporterHandler = (_request, response) => {
  streamBlocks(startText(response), Number.POSITIVE_INFINITY);
};

/** A megabyte on the wire that inflates to 1 GB. */
export const gzipBomb: ExporterHandler = (_request, response) => {
  response.setHeader('content-encoding', 'gzip');
  startText(response).end(bomb());
};

/** Redirects to itself for ever. */
export const redirectLoop: ExporterHandler = (request, response) => {
  const hops = Number(new URL(request.url ?? '/', 'http://x').searchParams.get('hops') ?? 0);
  response.statusCode = 302;
  response.setHeader('location', `/metrics?hops=${hops + 1}`);
  response.end();
};

/** A web page instead of metrics. */
export const webPage: ExporterHandler = (_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end('<!doctype html><title>Not metrics</title><p>Log in first.</p>');
};

/** Good metrics and no Content-Type: refused since Prometheus 3.0. */
export const noContentType: ExporterHandler = (_request, response) => {
  response.end(goodLine);
};

export const serverError: ExporterHandler = (_request, response) => {
  response.statusCode = 500;
  response.end('the exporter is broken');
};

/** Every hostile handler by the name its test carries. */
export const hostileHandlers: Readonly<Record<string, ExporterHandler>> = {
  'hangs before the headers': hangsBeforeHeaders,
  'hangs in the middle of the body': hangsMidBody,
  'sends garbage': garbage,
  'sends a line that is no sample': syntaxError,
  'sends half a body and resets': halfBody,
  'ends in the middle of a chunked body': brokenChunks,
  'sends half a gzip stream': truncatedGzip,
  'says gzip and sends text': falseGzip,
  'sends 1 GB': gigabyte,
  'sends series without end': endless,
  'sends a gzip bomb': gzipBomb,
  'redirects in a loop': redirectLoop,
  'sends a web page': webPage,
  'sends no content type': noContentType,
  'answers 500': serverError,
};

function startText(response: ServerResponse): ServerResponse {
  response.setHeader('content-type', textContentType);
  return response;
}

/** About a megabyte of different series. */
function blockOfLines(): Buffer {
  let lines = '';
  for (let i = 0; i < 32_768; i++) lines += `hostile_series{number="${i}"} 1\n`;
  return Buffer.from(lines);
}

const block = blockOfLines();

function streamBlocks(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const write = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= block.length;
      if (!response.write(block)) {
        response.once('drain', write);
        return;
      }
    }
    response.end();
  };
  write();
}

/**
 * One gzip member (RFC 1952) without its trailer: a deflated block ends on a byte when it is
 * flushed, so it may be repeated. Whoever inflates all of it finds the end missing.
 */
function bomb(): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  const newlines = deflateRawSync(Buffer.alloc(8 << 20, '\n'), {
    level: 9,
    finishFlush: constants.Z_FULL_FLUSH,
  });
  return Buffer.concat([header, ...new Array<Buffer>(125).fill(newlines)]);
}
