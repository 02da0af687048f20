import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerOptions, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpRecorder } from '../recorder/http-recorder.js';
import { trackResponses } from './track-responses.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
type Chunk = string | Uint8Array;

const { write: originalWrite } = ServerResponse.prototype;
afterEach(() => {
  ServerResponse.prototype.write = originalWrite;
});

/** A server whose requests each of the recorders counts before the handler has them. */
async function serve(handler: Handler, options: ServerOptions = {}, trackers = 1) {
  const recorders = Array.from({ length: trackers }, () => createHttpRecorder());
  const tracks = recorders.map((recorder) =>
    trackResponses<undefined>({
      recorder,
      routeIdOf: () => recorder.route('GET', '/'),
      onError: () => expect.unreachable(),
    }),
  );
  const server = createServer(options, (request, response) => {
    for (const track of tracks) track(undefined, request, response);
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    fetch: async () => {
      const [response] = await Promise.all([fetch(url), ended(server)]);
      return Buffer.from(await response.arrayBuffer());
    },
    /** Requests and bytes of their responses, of each recorder. */
    counted: () => Promise.all(recorders.map(sizesOf)),
    close: () => void server.close().closeAllConnections(),
  };
}

/** Until the response to the next request is over. */
async function ended(server: ReturnType<typeof createServer>): Promise<void> {
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  if (!response.closed) await once(response, 'close');
}

async function sizesOf({ metrics }: ReturnType<typeof createHttpRecorder>) {
  const sizes = metrics.find(({ name }) => name === 'http_response_size_bytes');
  const { values } = await sizes!.get();
  const seriesOf = (suffix: string) =>
    values.find(({ metricName }) => metricName?.endsWith(suffix))?.value;
  return [seriesOf('_count'), seriesOf('_sum')];
}

/** As a compressing middleware: keeps what it finds and puts its own there. */
function compressing({ write, end }: ServerResponse, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  response.write = ((chunk: Chunk) => {
    if (!response.headersSent) response.writeHead(200);
    return chunks.push(Buffer.from(chunk)) > 0;
  }) as typeof write;
  response.end = ((chunk?: Chunk) => {
    if (chunk !== undefined) chunks.push(Buffer.from(chunk));
    if (!response.headersSent) response.writeHead(200);
    write.call(response, gzipSync(Buffer.concat(chunks)), 'utf8');
    return end.call(response, undefined, 'utf8');
  }) as typeof end;
}

const twoChunks: Handler = (_, response) => {
  response.write('one');
  response.end('two!');
};

class WithWrite extends ServerResponse {
  override write(...args: unknown[]): boolean {
    return super.write(...(args as [string, BufferEncoding]));
  }
}

class Marked extends ServerResponse {
  readonly mark = 'x';
}

describe('the bytes of a response', () => {
  it.each<[string, number, Handler, ServerOptions?]>([
    ['written and ended with a chunk', 7, twoChunks],
    ['ended after its headers', 4, (_, response) => response.writeHead(200).end('four')],
    ['ended alone', 5, (_, response) => response.end('alone')],
    ['whose length is declared', 2, (_, r) => r.writeHead(200, { 'content-length': 2 }).end('ok')],
    ['of a class with a write of its own', 7, twoChunks, { ServerResponse: WithWrite as never }],
    ['of a class with nothing of the kind', 7, twoChunks, { ServerResponse: Marked as never }],
    [
      'whose prototype is changed after it has begun',
      7,
      (request, response) => {
        Object.setPrototypeOf(response, Object.create(ServerResponse.prototype) as object);
        twoChunks(request, response);
      },
    ],
  ])('%s, first and later ones of a server: %i', async (_, bytes, handler, options) => {
    const server = await serve(handler, options, 2);
    for (const requests of [1, 2, 3]) {
      expect(await server.fetch()).toHaveLength(bytes);
      expect(await server.counted()).toEqual(Array(2).fill([requests, requests * bytes]));
    }
    server.close();
  });

  it('that is compressed in between are those sent, and its end stays who compresses’', async () => {
    const server = await serve((request, response) => {
      compressing(response, response);
      twoChunks(request, response);
    });
    for (const requests of [1, 2, 3]) {
      const body = await server.fetch();
      expect(gunzipSync(body).toString()).toBe('onetwo!');
      expect(await server.counted()).toEqual([[requests, requests * body.length]]);
    }
    server.close();
  });

  it('are counted with a write that was patched while the server ran', async () => {
    const server = await serve(twoChunks);
    await server.fetch();
    let patched = 0;
    ServerResponse.prototype.write = function (this: ServerResponse, ...args: unknown[]) {
      patched++;
      return originalWrite.apply(this, args as [string, BufferEncoding]);
    } as typeof originalWrite;
    await server.fetch();
    expect(patched).toBe(1);
    expect(await server.counted()).toEqual([[2, 14]]);
    server.close();
  });
});
