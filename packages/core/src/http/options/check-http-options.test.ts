import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { registerMetrics } from '../../self/register-metric.js';
import type { RegistryLike } from '../../self/registry.js';
import { createHttpRecorder } from '../recorder/http-recorder.js';
import type { HttpOptions } from './http-options.js';

function setUp(options: HttpOptions = {}) {
  const recorder = createHttpRecorder(options);
  const registry = new Registry();
  registerMetrics(registry as unknown as RegistryLike, recorder.metrics, 'rename one');
  return { recorder, registry };
}

async function sampleLines(registry: Registry): Promise<string[]> {
  const [metric] = registry.getMetricsAsArray();
  const text = await registry.getSingleMetricAsString(metric!.name);
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('options of the request metrics', () => {
  it.each<[string, HttpOptions]>([
    ['http.name', { name: 'with space' }],
    ['http.labelNames', { labelNames: { route: 'le' } }],
    ['http.labelNames', { labelNames: { route: 'method' } }],
    ['http.labelNames', { labelNames: { route: '__route' } }],
    ['http.buckets', { buckets: [] }],
    ['http.buckets', { buckets: [1, 1] }],
    ['http.buckets', { buckets: [2, 1] }],
    ['http.buckets', { buckets: [1, Number.POSITIVE_INFINITY] }],
    ['http.maxSeries', { maxSeries: 0 }],
    ['http.maxSeries', { maxSeries: 1.5 }],
  ])('refuses a bad %s', (field, options) => {
    expect(() => createHttpRecorder(options)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(field) }),
    );
  });

  it('has OpenTelemetry buckets, prom-client default ones among them', async () => {
    const { recorder, registry } = setUp();
    recorder.observe(recorder.route('GET', '/'), 200, 0.06);
    const bounds = (await sampleLines(registry)).flatMap(
      (line) => /le="([^"]+)"/.exec(line)?.[1] ?? [],
    );
    expect(bounds.join(' ')).toBe(
      '0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf',
    );
  });
});
