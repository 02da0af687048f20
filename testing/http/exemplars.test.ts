import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Agent, createAgent } from '@prom-agent/core';
import { readSamples } from '@prom-agent/core/exposition';
import { NodeHandler } from '@prom-agent/core/http';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requirePeer } from './peers/peer-packages.js';

const { context, ROOT_CONTEXT, trace, TraceFlags } = requirePeer('@opentelemetry/api');

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

/** As OpenTelemetry's own for Node.js: the context goes with the code that runs. */
function enableContexts(): void {
  const storage = new AsyncLocalStorage<unknown>();
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active: unknown, run: () => unknown) => storage.run(active, run),
    bind: (_: unknown, target: unknown) => target,
    enable() {},
    disable() {},
  });
}

let server: Server;
let agent: Agent;
let origin: string;

beforeAll(async () => {
  enableContexts();
  agent = await createAgent({ registry: new Registry(), agent: { threads: 0 } });
  const handler = new NodeHandler(agent);
  server = createServer((request, response) => {
    const { url = '' } = request;
    const traceFlags = url === '/sampled' ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const span = trace.wrapSpanContext({ traceId, spanId, traceFlags });
    context.with(trace.setSpan(context.active(), span), () => {
      if (handler.handle(request, response)) return;
      handler.setRoute(request, url);
      response.end('ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const path of ['/sampled', '/not-sampled']) await (await fetch(origin + path)).text();
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await agent.close();
  context.disable();
});

const name = 'http_request_duration_seconds';

async function exposition(accept: string) {
  const response = await fetch(`${origin}/metrics`, { headers: { accept } });
  const type = response.headers.get('content-type') ?? '';
  const body = new Uint8Array(await response.arrayBuffer());
  const format = type.includes('protobuf') ? 'protobuf' : 'openmetrics';
  const samples = type.startsWith('text/plain')
    ? [...readSamples(body, 'text')]
    : [...readSamples(body, format)];
  const own = samples.filter((sample) => sample.name.startsWith(name));
  return {
    samples: own,
    exemplars: own.flatMap(({ labels, exemplar }) => {
      const route = labels.find(([label]) => label === 'route')?.[1];
      return exemplar ? [{ route, labels: exemplar.labels }] : [];
    }),
  };
}

describe('requests in a span of @opentelemetry/api', () => {
  it.each([
    ['OpenMetrics', 'application/openmetrics-text; version=1.0.0', 1],
    [
      'protobuf',
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
      1,
    ],
    ['the classic text', 'text/plain; version=0.0.4', 0],
  ])('have exemplars in %s where the span is sampled', async (_, accept, count) => {
    const expected = { route: '/sampled', labels: { trace_id: traceId, span_id: spanId } };
    await expect
      .poll(async () => (await exposition(accept)).samples.length, { timeout: 20_000 })
      .toBeGreaterThan(1);
    expect((await exposition(accept)).exemplars).toEqual(Array(count).fill(expected));
  });

  it('are native histograms in protobuf, with as many observations as the classic ones', async () => {
    const accept =
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
    const { samples } = await exposition(accept);
    const natives = samples.filter(({ histogram }) => histogram !== undefined);
    expect(natives.map(({ labels }) => Object.fromEntries(labels)['route']).sort()).toEqual([
      '/not-sampled',
      '/sampled',
    ]);
    for (const { histogram } of natives) {
      expect(histogram).toMatchObject({ schema: 3, count: 1 });
    }
  });
});
