import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { renderExposition } from '../exposition/render/exposition-writer.js';
import type { MetricFamily } from '../model/metric-family.js';
import type { RegistryLike, RegistryMetric } from './registry.js';
import { type RenderOptions, renderRegistry } from './render-registry.js';

async function rendered(registry: Registry, options: RenderOptions): Promise<Buffer> {
  const walk = renderRegistry(registry as unknown as RegistryLike, options);
  const chunks: Uint8Array[] = [];
  for (let chunk = await walk.next(); chunk !== undefined; chunk = await walk.next()) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function fullRegistry(): Registry {
  const registry = new Registry();
  const common = { help: 'h"', labelNames: ['a'] as const, registers: [registry] };
  new Counter({ name: 'orders_total', ...common }).inc({ a: 'q"\n' }, 3);
  new Counter({ name: 'plain', ...common }).inc({ a: 'x' }, 0.5);
  new Gauge({ name: 'g', ...common }).set({ a: 'x' }, Number.NaN);
  new Histogram({ name: 'h', ...common, buckets: [0.5, 1] }).observe({ a: 'x' }, 0.7);
  new Summary({ name: 's', ...common, percentiles: [0.5] }).observe({ a: 'x' }, 3);
  registry.setDefaultLabels({ zone: 'z' });
  return registry;
}

const labels = [
  ['a', 'x'],
  ['zone', 'z'],
] as const;

const families: MetricFamily[] = [
  {
    name: 'orders_total',
    type: 'counter',
    help: 'h"',
    series: [{ labels: [['a', 'q"\n'], labels[1]], value: 3 }],
  },
  { name: 'plain', type: 'counter', help: 'h"', series: [{ labels, value: 0.5 }] },
  { name: 'g', type: 'gauge', help: 'h"', series: [{ labels, value: Number.NaN }] },
  {
    name: 'h',
    type: 'histogram',
    help: 'h"',
    series: [
      {
        labels,
        upperBounds: [0.5, 1, Number.POSITIVE_INFINITY],
        bucketCounts: [0, 1, 1],
        count: 1,
        sum: 0.7,
      },
    ],
  },
  {
    name: 's',
    type: 'summary',
    help: 'h"',
    series: [{ labels, quantiles: [0.5], quantileValues: [3], count: 1, sum: 3 }],
  },
];

/** The same metrics as objects of no known class. */
async function foreignRegistry(): Promise<Registry> {
  const registry = new Registry();
  const original = fullRegistry();
  for (const metric of original.getMetricsAsArray() as unknown as RegistryMetric[]) {
    const values = await metric.get();
    const foreign = { ...values, reset: () => {}, get: () => values };
    registry.registerMetric(foreign as never);
  }
  registry.setDefaultLabels({ zone: 'z' });
  return registry;
}

describe('renderRegistry in other formats', () => {
  it.each(['openmetrics', 'protobuf'] as const)('as %s is what the model gives', async (name) => {
    const format = { format: name, escaping: 'underscores' } as const;
    const expected = Buffer.from(renderExposition(families, format));
    expect((await rendered(fullRegistry(), { format })).toString('latin1')).toBe(
      expected.toString('latin1'),
    );
    expect((await rendered(await foreignRegistry(), { format })).toString('latin1')).toBe(
      expected.toString('latin1'),
    );
  });

  it('does not rename counters', async () => {
    const registry = fullRegistry();
    const before = await registry.metrics();
    const format = { format: 'openmetrics', escaping: 'allow-utf-8' } as const;
    const text = (await rendered(registry, { format })).toString();
    expect(text).toContain('# TYPE orders counter\norders_total{');
    expect(text).toMatch(/# EOF\n$/);
    expect(await registry.metrics()).toBe(before);
  });

  it('gives a counter its name back that prom-client’s OpenMetrics took away', async () => {
    const registry = new Registry();
    new Counter({ name: 'orders_total', help: 'h', registers: [registry] });
    const openMetrics = Registry.merge([registry]);
    openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    await openMetrics.metrics();
    expect((await rendered(registry, {})).toString()).toContain('\norders_total 0\n');
  });

  it('has exemplars in OpenMetrics', async () => {
    const registry = new Registry();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const common = { help: 'h', enableExemplars: true, registers: [registry] };
    const counter = new Counter({ name: 'c', ...common });
    counter.inc({ value: 2, exemplarLabels: { trace_id: 't' } });
    const histogram = new Histogram({ name: 'h', ...common, buckets: [1] });
    histogram.observe({ value: 7, exemplarLabels: { trace_id: 'u' } } as never);
    const format = { format: 'openmetrics', escaping: 'allow-utf-8' } as const;
    const text = (await rendered(registry, { format })).toString();
    expect(text).toMatch(/^c_total 2\.0 # \{trace_id="t"\} 2\.0 \d/m);
    expect(text).toMatch(/^h_bucket\{le="1\.0"\} 0$/m);
    expect(text).toMatch(/^h_bucket\{le="\+Inf"\} 1 # \{trace_id="u"\} 7\.0 \d/m);
  });

  it.each([
    [['g'], ['g']],
    [['orders'], ['orders_total']],
    [['orders_total', 'nothing'], ['orders_total']],
    [['h_bucket'], ['h']],
    [
      ['s_sum', 'h_count'],
      ['h', 's'],
    ],
    [['s_bucket', 'g_total'], []],
    [['plain_total'], ['plain']],
  ])('of the names %j is the metrics %j', async (names, expected) => {
    const text = (await rendered(fullRegistry(), { names })).toString();
    const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(types).toEqual(expected);
  });

  it('asks nothing of metrics that are not wanted', async () => {
    const registry = fullRegistry();
    let calls = 0;
    const collect = (): void => void calls++;
    new Gauge({ name: 'dear', help: 'h', collect, registers: [registry] });
    await rendered(registry, { names: ['g'] });
    expect(calls).toBe(0);
  });

  it.each(['text', 'openmetrics', 'protobuf'] as const)(
    'as %s loses what is left of a metric that breaks, and says so',
    async (name) => {
      const registry = fullRegistry();
      const gauge = new Gauge({ name: 'bad', help: 'h', labelNames: ['a'], registers: [registry] });
      const noText = {
        get a(): string {
          throw new Error('no text');
        },
      };
      gauge.set({ a: 'shown' }, 1);
      (gauge as unknown as { hashMap: Record<string, unknown> }).hashMap['x'] = {
        labels: noText,
        value: 2,
      };
      gauge.set({ a: 'lost' }, 1);
      new Gauge({ name: 'after', help: 'h', registers: [registry] });
      const problems: unknown[] = [];
      const onEnd: RenderOptions['onEnd'] = (outcomes) => problems.push(outcomes.get('bad'));
      const format = { format: name, escaping: 'underscores' } as const;
      const text = (await rendered(registry, { format, onEnd })).toString('latin1');
      expect(text).toContain('shown');
      expect(text).not.toContain('lost');
      expect(text).toContain('after');
      expect(problems).toEqual([new Error('no text')]);
    },
  );

  it.each(['text', 'openmetrics', 'protobuf'] as const)(
    'as %s leaves out a metric that says nothing sensible of itself',
    async (name) => {
      const registry = new Registry();
      const bad = {
        name: 'bad',
        get: () => ({ name: Symbol('bad'), type: 'histogram', help: 'h', values: [null] }),
      };
      registry.registerMetric(bad as never);
      new Gauge({ name: 'after', help: 'h', registers: [registry] });
      const problems: unknown[] = [];
      const onEnd: RenderOptions['onEnd'] = (outcomes) => problems.push(outcomes.get('bad'));
      const format = { format: name, escaping: 'underscores' } as const;
      const text = (await rendered(registry, { format, onEnd })).toString('latin1');
      expect(text).toContain('after');
      expect(text).not.toContain('bad');
      expect(problems).toEqual([expect.any(Error)]);
    },
  );

  it('takes a class derived from prom-client’s at its word', async () => {
    class Doubled extends Gauge {
      override async get() {
        const values = await super.get();
        return { ...values, values: values.values.map((v) => ({ ...v, value: v.value * 2 })) };
      }
    }
    const registry = new Registry();
    new Doubled({ name: 'g', help: 'h', registers: [registry] }).set(4);
    expect((await rendered(registry, {})).toString()).toContain('\ng 8\n');
    const patched = new Gauge({ name: 'p', help: 'h', registers: [registry] });
    const { get } = patched;
    patched.get = async () => ({ ...(await get.call(patched)), help: 'patched' });
    expect((await rendered(registry, {})).toString()).toContain('# HELP p patched\n');
  });
});
