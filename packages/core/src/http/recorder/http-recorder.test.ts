import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { registerMetrics } from '../../self/register-metric.js';
import type { RegistryLike } from '../../self/registry.js';
import type { HttpOptions } from '../options/http-options.js';
import { createHttpRecorder } from './http-recorder.js';

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

describe('HttpRecorder', () => {
  it('binds a route once', () => {
    const { recorder } = setUp();
    const id = recorder.route('GET', '/a');
    expect(recorder.route('GET', '/a')).toBe(id);
    expect(recorder.route('POST', '/a')).not.toBe(id);
    expect(recorder.route('GET', '/b')).not.toBe(id);
  });

  it('keeps every series while its tables grow', async () => {
    const { recorder, registry } = setUp({ buckets: [1] });
    for (let i = 0; i < 500; i++)
      recorder.observe(recorder.route('GET', `/r${i}`), 200 + (i % 60), i);
    const counts = (await sampleLines(registry)).filter((line) => line.includes('_count{'));
    expect(counts).toHaveLength(500);
    expect(counts.every((line) => line.endsWith(' 1'))).toBe(true);
    const sums = (await sampleLines(registry)).filter((line) => line.includes('_sum{'));
    expect(sums[499]).toBe(
      'http_request_duration_seconds_sum{method="GET",route="/r499",status_code="219"} 499',
    );
  });

  it.each([
    ['BREW', '_OTHER'],
    ['get', '_OTHER'],
    ['', '_OTHER'],
    ['PROPFIND', '_OTHER'],
    ['TRACE', 'TRACE'],
  ])('method %j is label %j', async (method, label) => {
    const { recorder, registry } = setUp();
    recorder.observe(recorder.route(method, '/'), 200, 0);
    expect((await sampleLines(registry))[0]).toContain(`method="${label}"`);
  });

  it.each([
    ['NaN', Number.NaN],
    ['negative', -1],
  ])('a duration that is %s counts as 0 and does not spoil the sum', async (_, seconds) => {
    const { recorder, registry } = setUp({ buckets: [1] });
    const id = recorder.route('GET', '/');
    recorder.observe(id, 200, seconds);
    recorder.observe(id, 200, 0.5);
    const values = (await sampleLines(registry)).map((line) => line.split(' ')[1]);
    expect(values).toEqual(['2', '2', '0.5', '2']);
  });
});

describe('bounds of the HttpRecorder', () => {
  it('puts what comes after maxSeries into one overflow series', async () => {
    const { recorder, registry } = setUp({ maxSeries: 2, buckets: [1] });
    for (const route of ['/a', '/b', '/c', '/d', '/a']) {
      recorder.observe(recorder.route('GET', route), 200, 0.5);
    }
    const counts = (await sampleLines(registry)).filter((line) => line.includes('_count{'));
    expect(counts).toEqual([
      'http_request_duration_seconds_count{method="__overflow__",route="__overflow__",status_code="__overflow__"} 2',
      'http_request_duration_seconds_count{method="GET",route="/a",status_code="200"} 2',
      'http_request_duration_seconds_count{method="GET",route="/b",status_code="200"} 1',
    ]);
  });

  it('has room for 2000 series where nothing else is said, and counts what overflows', async () => {
    const { recorder, registry } = setUp({ buckets: [1] });
    for (let i = 0; i < 2100; i++) recorder.observe(recorder.route('GET', `/r${i}`), 200, 1);
    const counts = (await sampleLines(registry)).filter((line) => line.includes('_count{'));
    expect(counts).toHaveLength(2001);
    expect(counts[0]).toMatch(/route="__overflow__".* 100$/);
    const overflow = await registry.getSingleMetricAsString('prom_agent_http_overflow_total');
    expect(overflow).toContain('\nprom_agent_http_overflow_total 100');
  });

  it.each([[-1], [1000], [200.5], [Number.NaN]])('status %s goes to overflow', async (status) => {
    const { recorder, registry } = setUp({ buckets: [1] });
    recorder.observe(recorder.route('GET', '/'), status, 0);
    expect((await sampleLines(registry))[0]).toContain('status_code="__overflow__"');
  });

  it('more kinds of status than a route has places for go to overflow, known ones go on', async () => {
    const { recorder, registry } = setUp({ buckets: [1] });
    const id = recorder.route('GET', '/');
    for (let status = 200; status < 300; status++) recorder.observe(id, status, 0);
    recorder.observe(id, 200, 0);
    const counts = (await sampleLines(registry)).filter((line) => line.includes('_count{'));
    expect(counts).toHaveLength(64);
    expect(counts[0]).toMatch(/__overflow__.* 37$/);
    expect(counts[1]).toMatch(/status_code="200"\} 2$/);
  });
});
