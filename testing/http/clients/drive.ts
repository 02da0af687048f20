import { expect } from 'vitest';
import { counted, requests } from '../matrix/counted.js';
import { expressServer, fastifyServer, type MatrixServer, nodeServer } from '../matrix/servers.js';

/** Servers with an agent in them. */
export const servers: readonly (readonly [name: string, start: () => Promise<MatrixServer>])[] = [
  ['Fastify 5', () => fastifyServer()],
  ['Express 5', () => expressServer(5)],
  ['Express 4', () => expressServer(4)],
  ['node:http', () => nodeServer()],
];

/** Of those that speak HTTP/2 without TLS. */
export const http2Servers: typeof servers = [
  ['Fastify 5', () => fastifyServer({ http2: true })],
  ['node:http2', () => nodeServer({ http2: true })],
];

/** What a server has counted when a client has driven it: all requests that came, none in flight. */
export async function driven(
  start: () => Promise<MatrixServer>,
  drive: (url: string, server: MatrixServer) => Promise<void>,
  scheme = 'http',
): Promise<string[]> {
  const server = await start();
  try {
    await drive(`${scheme}://127.0.0.1:${server.port}`, server);
    await server.settled();
    const counts = await counted(server);
    expect(requests(counts)).toBe(server.seen.length);
    const text = await server.registry.metrics();
    expect(text).toMatch(/^http_requests_in_flight\{.*\} 0$/m);
    expect(text).not.toMatch(/^http_requests_in_flight\{.*\} [^0]/m);
    return counts;
  } finally {
    await server.close();
  }
}
