import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import {
  closeServices,
  countsIn,
  get,
  route,
  shows,
  startExpress,
  startFastify,
  startNode,
} from './agent-services.js';

afterEach(closeServices);

describe.each([
  ['Fastify', startFastify],
  ['Express', startExpress],
  ['node:http', startNode],
])('%s', (_, start) => {
  it('two apps in one registry: what they count adds up, and each takes its own part away', async () => {
    const registry = new Registry();
    const [one, other] = [await start(registry), await start(registry)];
    await get(one);
    await get(other);
    await get(other);
    await shows(registry, { [route]: 3 });
    expect(countsIn(await get(one, '/metrics'))).toEqual({ [route]: 3 });
    expect(await get(other, '/metrics')).toMatch(/^prom_agent_build_info\{.*\} 1$/m);
    await other.close();
    await shows(registry, { [route]: 1 });
    await one.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('http: true counts as it does without, no more refused as no object', async () => {
    const registry = new Registry();
    await get(await start(registry, true));
    await shows(registry, { [route]: 1 });
  });

  it('two apps in one registry, told apart by a label', async () => {
    const registry = new Registry();
    const one = await start(registry, { labels: { app: 'one' } });
    await get(one);
    await get(await start(registry, { labels: { app: 'other' } }));
    const labels = (app: string) => route.replace(',status', `,app="${app}",status`);
    await shows(registry, { [labels('one')]: 1, [labels('other')]: 1 });
  });

  it('an app that is made again after close() counts from zero', async () => {
    const registry = new Registry();
    const one = await start(registry);
    await get(one);
    await shows(registry, { [route]: 1 });
    await one.close();
    await get(await start(registry));
    await shows(registry, { [route]: 1 });
  });

  it('an app that is made again without close(), as by a hot reload, goes on with the counts', async () => {
    const registry = new Registry();
    const left = await start(registry);
    await get(left);
    await shows(registry, { [route]: 1 });
    const again = await start(registry);
    await get(again);
    await shows(registry, { [route]: 2 });
    expect([...left.errors, ...again.errors]).toEqual([]);
    // The reloader may dispose of the old one late.
    await left.close();
    await shows(registry, { [route]: 1 });
  });

  it('the metrics cleared from the registry, as between tests, do not come back', async () => {
    const registry = new Registry();
    const left = await start(registry);
    await get(left);
    await shows(registry, { [route]: 1 });
    registry.clear();
    const again = await start(registry);
    await get(again);
    await shows(registry, { [route]: 1 });
    await left.close();
    await shows(registry, { [route]: 1 });
  });

  it('other buckets beside an app that is not closed are refused, in words that help', async () => {
    const registry = new Registry();
    const one = await start(registry);
    await get(one);
    await expect(start(registry, { buckets: [1, 2] })).rejects.toThrow(
      /an agent that is not closed has http_request_duration_seconds .* close\(\) that agent first/,
    );
    await shows(registry, { [route]: 1 });
    await one.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('nothing is left of it in a registry that was rendered as OpenMetrics', async () => {
    const registry = new Registry();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const one = await start(registry);
    const text = await registry.metrics();
    expect(text).toContain('# TYPE prom_agent_scrapes counter\nprom_agent_scrapes_total 0\n');
    expect(await registry.metrics()).toContain('# TYPE prom_agent_scrapes counter\n');
    await one.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });
});
