import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { ActiveResources } from './active-resources.js';
import type { RegistryLike } from './registry.js';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

function setUp() {
  const clock = new ManualClock();
  const theirs = new Registry();
  const ours = new Registry();
  for (const register of [theirs, ours]) collectDefaultMetrics({ register });
  new ActiveResources(clock).replaceIn(ours as unknown as RegistryLike);
  return { clock, theirs, ours };
}

interface Shown {
  readonly name: string;
  readonly values: readonly { value: number; labels: { type?: string } }[];
}

/** Name and labels → value. */
async function valuesOf(registry: Registry, pattern: RegExp): Promise<Record<string, number>> {
  const metrics = (await registry.getMetricsAsJSON()) as unknown as Shown[];
  const entries = metrics
    .filter(({ name }) => pattern.test(name))
    .flatMap(({ name, values }) =>
      values.map(({ labels, value }) => [`${name} ${labels.type ?? ''}`, value]),
    );
  return Object.fromEntries(entries);
}

async function openConnections(count: number): Promise<void> {
  const server = createServer((socket) => void sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (let i = 0; i < count; i++) {
    const accepted = once(server, 'connection');
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await accepted;
    sockets.push(socket);
  }
  server.close();
}

it('has prom-client’s names, types, words and aggregators', () => {
  const { theirs, ours } = setUp();
  const describeAll = (registry: Registry): string[] =>
    (registry.getMetricsAsArray() as unknown as Record<string, string>[])
      .map(({ name, help, type, aggregator }) => [name, help, type, aggregator].join('|'))
      .sort();
  expect(describeAll(ours)).toEqual(describeAll(theirs));
});

it('shows what prom-client shows', async () => {
  const { theirs, ours } = setUp();
  await openConnections(3);
  const pattern = /^nodejs_active_handles|^process_open_fds/;
  expect(await valuesOf(ours, pattern)).toEqual(await valuesOf(theirs, pattern));
});

it('of many handles it shows as many, of this moment', async () => {
  const { clock, theirs, ours } = setUp();
  await openConnections(600);
  const pattern = /^nodejs_active_handles_total/;
  expect(await valuesOf(ours, pattern)).toEqual(await valuesOf(theirs, pattern));
  const many = await valuesOf(ours, /^nodejs_active_handles/);
  expect(many['nodejs_active_handles Socket']).toBeGreaterThanOrEqual(1200);
  for (const socket of sockets.splice(0)) socket.destroy();
  // Of the moment, not of a scrape before.
  await clock.advance(1000);
  await new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
  expect(await valuesOf(ours, pattern)).toEqual(await valuesOf(theirs, pattern));
});
