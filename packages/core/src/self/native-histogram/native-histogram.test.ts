import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { PromAgentError } from '../../errors.js';
import { parseExposition } from '../../exposition/parse-exposition.js';
import { type RenderFormat, renderExposition } from '../../exposition/render/exposition-writer.js';
import type { RegistryLike } from '../registry.js';
import { renderRegistry } from '../render-registry.js';
import { NativeHistogram } from './native-histogram.js';
import type { NativeHistogramOptions } from './native-histogram-options.js';

function setUp(options: Partial<NativeHistogramOptions> = {}) {
  const registry = new Registry();
  const registers = [registry as unknown as RegistryLike];
  const histogram = new NativeHistogram({ name: 'took_seconds', help: 'h', registers, ...options });
  return { registry, histogram };
}

async function rendered(
  registry: Registry,
  format: RenderFormat['format'] = 'text',
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const options = { format: { format, escaping: 'allow-utf-8' } } as const;
  const walk = renderRegistry(registry as unknown as RegistryLike, options);
  for (let chunk = await walk.next(); chunk !== undefined; chunk = await walk.next()) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function nativeSamples(registry: Registry) {
  const body = await rendered(registry, 'protobuf');
  return parseExposition(body, 'protobuf');
}

async function seriesNames(registry: Registry): Promise<string[]> {
  return [...(await rendered(registry)).toString().matchAll(/^\w+_count\S*/gm)].map(String);
}

describe('NativeHistogram', () => {
  it('is a native histogram in protobuf, and no classic one unless it has classic buckets', async () => {
    const { registry, histogram } = setUp({ bucketFactor: 2, labelNames: ['route'] });
    for (const value of [0.5, 0.75, 3, 0]) histogram.observe({ route: '/' }, value);
    const samples = await nativeSamples(registry);
    expect(samples).toHaveLength(1);
    expect(samples[0]).toMatchObject({ name: 'took_seconds', labels: { route: '/' } });
    expect(samples[0]?.histogram).toMatchObject({
      schema: 0,
      count: 4,
      sum: 4.25,
      zeroThreshold: 2 ** -128,
      zeroCount: 1,
      positiveSpans: [
        { offset: -1, length: 2 },
        { offset: 1, length: 1 },
      ],
    });
    expect(Array.from(samples[0]!.histogram!.positiveCounts)).toEqual([1, 1, 1]);
  });

  it('has classic buckets in protobuf too where they are asked for', async () => {
    const { registry, histogram } = setUp({ buckets: [1] });
    for (const value of [0.5, 3]) histogram.observe(value);
    const expected = renderExposition(
      [
        {
          name: 'took_seconds',
          help: 'h',
          type: 'histogram',
          series: [
            {
              labels: [],
              upperBounds: [1, Infinity],
              bucketCounts: [1, 2],
              count: 2,
              sum: 3.5,
              native: histogram.labels({}).readNative(),
              createdMs: histogram.labels({}).createdMs,
            },
          ],
        },
      ],
      { format: 'protobuf', escaping: 'allow-utf-8' },
    );
    expect(await rendered(registry, 'protobuf')).toEqual(Buffer.from(expected));
  });

  it('that has counted nothing is still a native one', async () => {
    const { registry } = setUp();
    expect(await nativeSamples(registry)).toMatchObject([{ histogram: { count: 0, sum: 0 } }]);
  });

  it.each([
    ['text', ['1', '+Inf']],
    ['openmetrics', ['1.0', '+Inf']],
  ] as const)('is a classic histogram in %s', async (format, bounds) => {
    const { registry, histogram } = setUp({ buckets: [1], labelNames: ['a'] });
    for (const value of [0.5, 3]) histogram.observe({ a: 'x' }, value);
    const text = (await rendered(registry, format)).toString();
    const lines = text.split('\n').filter((line) => line.startsWith('took'));
    const bucket = (le: string): string =>
      format === 'text' ? `{le="${le}",a="x"}` : `{a="x",le="${le}"}`;
    expect(lines).toEqual([
      `took_seconds_bucket${bucket(bounds[0])} 1`,
      `took_seconds_bucket${bucket(bounds[1])} 2`,
      `took_seconds_sum{a="x"} 3.5`,
      `took_seconds_count{a="x"} 2`,
    ]);
  });

  it('has the bucket +Inf alone where it has no classic ones', async () => {
    const { registry, histogram } = setUp();
    histogram.observe(7);
    const expected = 'took_seconds_bucket{le="+Inf"} 1\ntook_seconds_sum 7\ntook_seconds_count 1\n';
    expect((await rendered(registry)).toString()).toContain(expected);
    expect(await registry.metrics()).toContain(expected);
    expect((await rendered(registry, 'openmetrics')).toString()).toContain(
      'took_seconds_bucket{le="+Inf"} 1\ntook_seconds_sum 7.0\ntook_seconds_count 1\n',
    );
  });

  it('is shown by prom-client itself as its own histogram with the same buckets', async () => {
    const buckets = [0.1, 1];
    const { registry, histogram } = setUp({ buckets, labelNames: ['a', 'b'] });
    const theirs = new Registry();
    const options = { name: 'took_seconds', help: 'h', labelNames: ['a', 'b'], buckets };
    const other = new Histogram({ ...options, registers: [theirs] });
    for (const [a, b, value] of [
      ['x', 1, 0.05],
      ['"\\\n', 2, 0.5],
      ['x', 1, 5],
    ] as const) {
      histogram.observe({ a, b }, value);
      other.observe({ a, b }, value);
    }
    for (const labels of [{}, { zone: 'z' }]) {
      registry.setDefaultLabels(labels);
      theirs.setDefaultLabels(labels);
      expect(await registry.metrics()).toBe(await theirs.metrics());
      expect(await rendered(registry)).toEqual(await rendered(theirs));
    }
  });

  it('adds up over the workers of a cluster', async () => {
    const { registry, histogram } = setUp({ buckets: [1] });
    histogram.observe(0.5);
    const json = await registry.getMetricsAsJSON();
    const text = await AggregatorRegistry.aggregate([json, json] as never).metrics();
    expect(text).toContain('took_seconds_bucket{le="1"} 2\n');
    expect(text).toContain('took_seconds_count 2\n');
  });

  it('has one series per set of labels: numbers are their text, no value is no label', async () => {
    const { registry, histogram } = setUp({ labelNames: ['a', 'b'] });
    for (const labels of [{ a: 1 }, { a: '1' }, { a: '1', b: '' }]) histogram.observe(labels, 1);
    for (const labels of [{ a: '1,b:2' }, { a: '1', b: '2' }, { b: '1' }]) {
      histogram.observe(labels, 1);
    }
    expect(await seriesNames(registry)).toEqual([
      'took_seconds_count{a="1"}',
      'took_seconds_count{a="1,b:2"}',
      'took_seconds_count{a="1",b="2"}',
      'took_seconds_count{b="1"}',
    ]);
    expect(histogram.labels({ a: 1 }).count).toBe(3);
  });

  it('shares one series among all that are too many', async () => {
    const { registry, histogram } = setUp({ labelNames: ['a'], maxSeries: 2 });
    for (const a of ['x', 'y', 'z', 'x', 'w']) histogram.observe({ a }, 1);
    expect(await seriesNames(registry)).toEqual([
      'took_seconds_count{a="x"}',
      'took_seconds_count{a="y"}',
      'took_seconds_count{a="__overflow__"}',
    ]);
    expect(histogram.labels({ a: 'z' }).count).toBe(2);
  });

  it('goes on with its series after a reset, each shown when it counts again', async () => {
    const { registry, histogram } = setUp({ labelNames: ['a'] });
    const kept = histogram.labels({ a: 'x' });
    kept.observe(1);
    histogram.observe({ a: 'y' }, 1);
    registry.resetMetrics();
    expect(await seriesNames(registry)).toEqual([]);
    kept.observe(1);
    expect(await seriesNames(registry)).toEqual(['took_seconds_count{a="x"}']);
  });

  it('forgets a series that is removed, and begins a new one for its labels', async () => {
    const { registry, histogram } = setUp({ labelNames: ['a', 'b'] });
    const kept = histogram.labels({ a: 'x', b: 'y' });
    kept.observe(1);
    histogram.observe({ a: 'x', b: 'z' }, 1);
    histogram.remove({ a: 'x', b: 'y' });
    histogram.remove({ a: 'unknown' });
    kept.observe(1);
    expect(await seriesNames(registry)).toEqual(['took_seconds_count{a="x",b="z"}']);
    histogram.observe({ a: 'x', b: 'y' }, 1);
    expect(histogram.labels({ a: 'x', b: 'y' }).count).toBe(1);
  });

  it.each([
    [{ name: '9' }, 'name'],
    [{ labelNames: ['le'] }, 'labelNames'],
    [{ labelNames: ['a', 'a'] }, 'labelNames'],
    [{ labelNames: ['__a'] }, 'labelNames'],
    [{ bucketFactor: 1 }, 'bucketFactor'],
    [{ bucketFactor: Number.NaN }, 'bucketFactor'],
    [{ zeroThreshold: -1 }, 'zeroThreshold'],
    [{ maxZeroThreshold: Number.NaN }, 'maxZeroThreshold'],
    [{ maxBuckets: 0 }, 'maxBuckets'],
    [{ minResetMs: -1 }, 'minResetMs'],
    [{ buckets: [2, 1] }, 'buckets'],
    [{ buckets: [1, Infinity] }, 'buckets'],
    [{ maxSeries: 1.5 }, 'maxSeries'],
  ])('refuses %j', (options, field) => {
    const error = ((): unknown => {
      try {
        return setUp(options);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(PromAgentError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: 'METRIC_INVALID', data: { field } });
  });

  it('refuses a label it does not have', () => {
    const { histogram } = setUp({ labelNames: ['a'] });
    expect(() => histogram.observe({ b: '1' }, 1)).toThrow(
      'took_seconds has no label b: its labelNames are a',
    );
  });
});
