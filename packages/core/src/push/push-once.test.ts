import { Gauge, Registry } from 'prom-client';
import { afterEach, expect, test } from 'vitest';
import { parseExposition } from '../exposition/parse-exposition.js';
import {
  type FakeGateway,
  startFakeGateway,
} from '../outputs/pushgateway/client/fake-gateway.contract.js';
import { NativeHistogram } from '../self/native-histogram/native-histogram.js';
import type { RegistryLike } from '../self/registry.js';
import { pushOnce } from './push-once.js';

let fake: FakeGateway | undefined;

afterEach(() => fake?.close());

function registryOf(): { plain: Registry; registry: RegistryLike } {
  const plain = new Registry();
  return { plain, registry: plain as unknown as RegistryLike };
}

test('a registry with a native histogram goes as protobuf', async () => {
  fake = await startFakeGateway();
  const { registry } = registryOf();
  const histogram = new NativeHistogram({ name: 'h', help: 'h', registers: [registry] });
  histogram.observe(0.5);
  const result = await pushOnce({ url: fake.url, job: 'j', registry });
  expect(result.outcome).toBe('pushed');
  const { headers, body } = fake.requests[0]!;
  expect(headers['content-type']).toContain('encoding=delimited');
  expect(parseExposition(body, 'protobuf')).toMatchObject([
    { name: 'h', histogram: { count: 1, sum: 0.5 } },
  ]);
});

test('a collect that hangs costs its metric, not the push', async () => {
  fake = await startFakeGateway();
  const { plain, registry } = registryOf();
  new Gauge({ name: 'hangs', help: 'h', registers: [plain], collect: () => new Promise(() => {}) });
  new Gauge({ name: 'works', help: 'w', registers: [plain] }).set(3);
  const result = await pushOnce({ url: fake.url, job: 'j', registry, deadlineMs: 1_000 });
  expect(result.outcome).toBe('pushed');
  expect(fake.requests[0]!.body.toString()).toContain('works 3');
});

test('nothing to push is a push too', async () => {
  fake = await startFakeGateway();
  const { registry } = registryOf();
  await pushOnce({ url: fake.url, job: 'j', registry, method: 'PUT' });
  expect(fake.requests).toMatchObject([{ method: 'PUT', body: Buffer.alloc(0) }]);
});
