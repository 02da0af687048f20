import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { counted, countOf, requests, sumOf } from './counted.js';
import { http2Scenes } from './http2-scenes.js';
import { type Scene, scenes } from './scenes.js';
import { expressServer, fastifyServer, type MatrixServer, nodeServer } from './servers.js';

let server: MatrixServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A response is over a little after its client has it. */
async function check(running: MatrixServer, scene: Scene): Promise<void> {
  const { counted: expected, bytes, aborted, streamed = 0, leastMs = 0 } = scene;
  const startMs = performance.now();
  await scene.act(running.port, running);
  let counts = await counted(running);
  for (let tries = 0; requests(counts) < requests(expected) && tries < 2000; tries++) {
    await sleep(5);
    counts = await counted(running);
  }
  expect(counts).toEqual(expected);
  const text = await running.registry.metrics();
  const passedMs = performance.now() - startMs;
  expect(text).toMatch(/^http_requests_in_flight\{.*\} 0$/m);
  expect(text).not.toMatch(/^http_requests_in_flight\{.*\} [^0]/m);
  const found = [...text.matchAll(/^http_requests_aborted_total\{.*phase="(.*)"\} (\d+)$/gm)];
  const left = expected.filter((line) => line.includes(' 499 '));
  expect(found.map(([, phase, count]) => [phase, count])).toEqual(left.map(() => [aborted, '1']));
  const durationMs = 1000 * sumOf(text, 'http_request_duration_seconds');
  expect(durationMs).toBeGreaterThanOrEqual(leastMs);
  expect(durationMs).toBeLessThan(requests(expected) * passedMs);
  expect(countOf(text, 'http_response_time_to_headers_seconds')).toBe(streamed);
  expect(1000 * sumOf(text, 'http_response_time_to_headers_seconds')).toBeLessThan(durationMs);
  expect(countOf(text, 'http_request_size_bytes')).toBe(requests(expected));
  expect(countOf(text, 'http_response_size_bytes')).toBe(requests(expected));
  if (bytes === undefined) return;
  expect(sumOf(text, 'http_request_size_bytes')).toBe(bytes.request);
  expect(sumOf(text, 'http_response_size_bytes')).toBe(bytes.response);
}

const starts: [name: string, start: () => Promise<MatrixServer>, scenes: readonly Scene[]][] = [
  ['Fastify 5', () => fastifyServer(), scenes],
  ['Fastify 5 over HTTP/2', () => fastifyServer({ http2: true }), http2Scenes],
  ['Express 5', () => expressServer(5), scenes],
  ['Express 4', () => expressServer(4), scenes],
  ['node:http', () => nodeServer(), scenes],
  ['node:http2', () => nodeServer({ http2: true }), http2Scenes],
];

describe.each(starts)('%s counts a request that is', (_, start, own) => {
  it.each(own.map((scene) => [scene.name, scene] as const))('%s', async (__, scene) => {
    server = await start();
    await check(server, scene);
    // What came first has made the server ready to count with less.
    server.registry.resetMetrics();
    await check(server, scene);
  });
});
