import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { ChunkPool } from '../self/chunk-pool.js';
import { BodyStream, recycled } from './body-stream.js';

const chunkCount = 200;
const chunkBytes = 60_000;

/** Chunks of one pool, each full of a number of its own, and the buffers they came in. */
function makeBody() {
  const pool = new ChunkPool();
  const buffers = new Set<ArrayBufferLike>();
  let isOver = false;
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for (let i = 0; i < chunkCount; i++) {
        const chunk = pool.take().subarray(0, chunkBytes).fill(i);
        buffers.add(chunk.buffer);
        yield chunk;
      }
    } finally {
      isOver = true;
    }
  }
  return { body: body(), buffers, isOver: () => isOver };
}

async function serve(answer: (response: ServerResponse) => void) {
  const server = createServer((_request, response) => answer(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const request = get({ port, host: '127.0.0.1' });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { request, response, close };
}

/** Reads to the end, letting the server run ahead as far as it can between two reads. */
async function readSlowly(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of response) {
    pieces.push(piece as Buffer);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return Buffer.concat(pieces);
}

function isWhole(read: Buffer): boolean {
  return (
    read.length === chunkCount * chunkBytes &&
    read.every((value, i) => value === Math.floor(i / chunkBytes))
  );
}

describe('a body that is sent', () => {
  it.each<[string, (body: AsyncIterable<Uint8Array>, response: ServerResponse) => void]>([
    ['BodyStream', (body, response) => void new BodyStream(body, response).pipe(response)],
    ['recycled', (body, response) => void pipeline(recycled(body, response), response)],
  ])('through %s arrives whole, out of few buffers', async (_name, send) => {
    const { body, buffers } = makeBody();
    const { response, close } = await serve((to) => send(body, to));
    expect(isWhole(await readSlowly(response))).toBe(true);
    expect(buffers.size).toBeLessThan(10);
    close();
  });

  it('through something that keeps chunks arrives whole, each in a buffer of its own', async () => {
    const { body, buffers } = makeBody();
    const { response, close } = await serve((to) => {
      const between = new PassThrough({ highWaterMark: 10 * chunkBytes });
      new BodyStream(body, to).pipe(between).pipe(to);
    });
    expect(isWhole(await readSlowly(response))).toBe(true);
    expect(buffers.size).toBe(chunkCount);
    close();
  });

  it('ends when its reader leaves', async () => {
    const { body, isOver } = makeBody();
    const { request, close } = await serve((to) => {
      const stream = new BodyStream(body, to);
      stream.pipe(to);
      to.once('close', () => stream.destroy());
    });
    request.destroy();
    await expect.poll(isOver).toBe(true);
    close();
  });

  it('that fails says so', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('begin');
      throw new Error('no more');
    }
    const stream = new BodyStream(broken(), { once: () => ({}) as never, writableLength: 0 });
    await expect(stream.toArray()).rejects.toThrow('no more');
  });
});
