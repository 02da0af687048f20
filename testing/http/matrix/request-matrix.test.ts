import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { http2Scene, type Scene, scenes, upgradeScene } from './scenes.js';
import { expressServer, fastifyServer, type MatrixServer, nodeServer } from './servers.js';

let server: MatrixServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const pattern =
  /^http_request_duration_seconds_count\{method="(.*)",route="(.*)",status_code="(.*)"\} (\d+)$/gm;

async function counted({ registry }: MatrixServer): Promise<string[]> {
  const text = await registry.metrics();
  return [...text.matchAll(pattern)]
    .map(([, method, route, ...rest]) =>
      [method, route?.replace('__unknown__', '-'), ...rest].join(' '),
    )
    .sort();
}

const requests = (counts: readonly string[]): number =>
  counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

const sumOf = (text: string, name: string): number =>
  [...text.matchAll(new RegExp(`^${name}_sum\\{.*\\} (\\d+)$`, 'gm'))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );

/** A response is over a little after its client has it. */
async function check(
  running: MatrixServer,
  { counted: expected, bytes, act }: Scene,
): Promise<void> {
  await act(running.port, running);
  let counts = await counted(running);
  for (let tries = 0; requests(counts) < requests(expected) && tries < 2000; tries++) {
    await sleep(5);
    counts = await counted(running);
  }
  expect(counts).toEqual(expected);
  const text = await running.registry.metrics();
  expect(text).toMatch(/^http_requests_in_flight\{.*\} 0$/m);
  expect(text).not.toMatch(/^http_requests_in_flight\{.*\} [^0]/m);
  const aborted = expected.filter((line) => line.includes(' 499 ')).length;
  const found = [...text.matchAll(/^http_requests_aborted_total\{.*\} (\d+)$/gm)];
  expect(found.map(([, count]) => count)).toEqual(Array(aborted).fill('1'));
  if (bytes === undefined) return;
  expect(sumOf(text, 'http_request_size_bytes')).toBe(bytes.request);
  expect(sumOf(text, 'http_response_size_bytes')).toBe(bytes.response);
}

const starts: [name: string, start: () => Promise<MatrixServer>, more: Scene[]][] = [
  ['Fastify 5', () => fastifyServer(), [upgradeScene]],
  ['Fastify 5 over HTTP/2', () => fastifyServer({ http2: true }), [http2Scene]],
  ['Express 5', () => expressServer(5), []],
  ['Express 4', () => expressServer(4), []],
  ['node:http', () => nodeServer(), []],
  ['node:http2', () => nodeServer({ http2: true }), [http2Scene]],
];

describe.each(starts)('%s counts a request that is', (name, start, more) => {
  const own = name.includes('HTTP/2') || name.includes('http2') ? more : [...scenes, ...more];

  it.each(own.map((scene) => [scene.name, scene] as const))('%s', async (_, scene) => {
    server = await start();
    await check(server, scene);
  });
});
