import { Gauge, Registry } from 'prom-client';
import { afterEach, describe, expect, test } from 'vitest';
import { createAgent } from '../agent.js';
import type { Agent } from '../agent-api.js';
import type { AgentOptions } from '../config/agent-options.js';
import {
  type FakeGateway,
  startFakeGateway,
} from '../outputs/pushgateway/client/fake-gateway.contract.js';
import { NativeHistogram } from '../self/native-histogram/native-histogram.js';
import type { RegistryLike } from '../self/registry.js';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function gateway(): Promise<FakeGateway> {
  const fake = await startFakeGateway();
  closers.push(fake.close);
  return fake;
}

async function agentOf(
  pushgatewayWrite: NonNullable<AgentOptions['pushgatewayWrite']>,
): Promise<{ agent: Agent; registry: Registry }> {
  const registry = new Registry();
  new Gauge({ name: 'rows', help: 'r', registers: [registry] }).set(5);
  const agent = await createAgent({
    registry: registry as unknown as RegistryLike,
    agent: { threads: 0, self: { job: 'import', instance: 'a' } },
    pushgatewayWrite,
  });
  closers.push(() => agent.close());
  return { agent, registry };
}

describe('agent.pushOnce', () => {
  test('pushes the registry as the block says, without a start', async () => {
    const fake = await gateway();
    const { agent } = await agentOf([{ url: fake.url, name: 'gw', grouping: { zone: 'x/y' } }]);
    expect(await agent.pushOnce()).toEqual([
      { name: 'gw', outcome: 'pushed', status: 200, words: '', retryAfterMs: 0 },
    ]);
    expect(fake.requests).toMatchObject([
      { method: 'PUT', path: '/metrics/job/import/instance/a/zone@base64/eC95' },
    ]);
    expect(fake.requests[0]!.body.toString()).toContain('\nrows 5\n');
  });

  test('says of each gateway what came of it', async () => {
    const good = await gateway();
    const bad = await gateway();
    bad.answer = () => ({ status: 400, body: 'inconsistent' });
    const hanging = await gateway();
    hanging.answer = () => undefined;
    const { agent } = await agentOf([
      { url: good.url, name: 'good' },
      { url: bad.url, name: 'bad', method: 'POST' },
      { url: hanging.url, name: 'hanging' },
      { url: good.url, name: 'targets', source: 'targets' },
    ]);
    expect(await agent.pushOnce({ deadlineMs: 1_000 })).toMatchObject([
      { name: 'good', outcome: 'pushed' },
      { name: 'bad', outcome: 'refused', words: 'HTTP 400: inconsistent' },
      { name: 'hanging', outcome: 'unreachable' },
    ]);
    expect(bad.requests).toMatchObject([{ method: 'POST' }]);
  });

  test('native histograms go as protobuf, but where the block wants none', async () => {
    const native = await gateway();
    const classic = await gateway();
    const { agent, registry } = await agentOf([
      { url: native.url },
      { url: classic.url, sendNativeHistograms: false },
    ]);
    const registers = [registry as unknown as RegistryLike];
    new NativeHistogram({ name: 'h', help: 'h', registers }).observe(1);
    await agent.pushOnce();
    expect(native.requests[0]!.headers['content-type']).toContain('protobuf');
    expect(classic.requests[0]!.headers['content-type']).toContain('text/plain');
  });

  test('of a closed agent is refused', async () => {
    const { agent } = await agentOf([]);
    await agent.close();
    await expect(agent.pushOnce()).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
