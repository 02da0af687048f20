import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { PromAgentError } from '../errors.js';
import { registerMetric } from '../self/register-metric.js';
import type { RegistryLike } from '../self/registry.js';
import { renderRegistry } from '../self/render-registry.js';
import type { HttpOptions } from './http-options.js';
import { createHttpRecorder } from './http-recorder.js';

function setUp(options: HttpOptions = {}) {
  const recorder = createHttpRecorder(options);
  const registry = new Registry();
  registerMetric(registry as unknown as RegistryLike, recorder.metric, 'rename one');
  return { recorder, registry };
}

async function sampleLines(registry: Registry): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

async function ourText(registry: Registry): Promise<string> {
  const chunk = await renderRegistry(registry as unknown as RegistryLike).next();
  return Buffer.from(chunk ?? []).toString();
}

describe('HttpMetric in a prom-client registry', () => {
  it('shows the same text as a prom-client histogram that saw the same requests', async () => {
    const buckets = [0.1, 0.5, 2];
    const { recorder, registry } = setUp({ buckets });
    const theirs = new Registry();
    const histogram = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Duration of HTTP requests in seconds.',
      labelNames: ['method', 'route', 'status_code'],
      buckets,
      registers: [theirs],
    });
    const requests: [string, string, number, number][] = [
      ['GET', '/users/:id', 200, 0.05],
      ['GET', '/users/:id', 200, 0.1],
      ['GET', '/users/:id', 404, 0.3],
      ['POST', '/users', 201, 7],
      ['GET', '/"odd"\\path\n', 200, 0.5],
    ];
    for (const [method, route, status, seconds] of requests) {
      recorder.observe(recorder.route(method, route), status, seconds);
      histogram.observe({ method, route, status_code: status }, seconds);
    }
    for (const labels of [{}, { service: 'shop' }]) {
      registry.setDefaultLabels(labels);
      theirs.setDefaultLabels(labels);
      expect(await registry.metrics()).toBe(await theirs.metrics());
      expect(await ourText(registry)).toBe(await ourText(theirs));
    }
  });

  it('survives resetMetrics: forgets the counts, goes on counting', async () => {
    const { recorder, registry } = setUp({ buckets: [1] });
    const id = recorder.route('GET', '/');
    recorder.observe(id, 200, 0.5);
    registry.resetMetrics();
    expect(await sampleLines(registry)).toEqual([]);
    recorder.observe(id, 200, 2);
    const values = (await sampleLines(registry)).map((line) => line.split(' ')[1]);
    expect(values).toEqual(['0', '1', '2', '1']);
  });

  it('appears in getMetricsAsJSON with default labels and aggregates over workers', async () => {
    const { recorder, registry } = setUp({ buckets: [1] });
    registry.setDefaultLabels({ zone: 'a' });
    recorder.observe(recorder.route('GET', '/'), 200, 0.5);
    const json = await registry.getMetricsAsJSON();
    expect(json[0]?.values?.[0]).toEqual({
      value: 1,
      metricName: 'http_request_duration_seconds_bucket',
      labels: { le: 1, method: 'GET', route: '/', status_code: '200', zone: 'a' },
    });
    const both = AggregatorRegistry.aggregate([json, await registry.getMetricsAsJSON()]);
    expect(await both.metrics()).toMatch(/_count\{.*\} 2/);
    expect(await both.metrics()).toMatch(/_sum\{.*\} 1/);
  });

  it('renames metric and labels', async () => {
    const { recorder, registry } = setUp({
      name: 'http_server_request_duration_seconds',
      labelNames: { method: 'http_request_method', statusCode: 'code' },
    });
    recorder.observe(recorder.route('GET', '/'), 200, 0);
    expect((await sampleLines(registry)).at(-1)).toBe(
      'http_server_request_duration_seconds_count{http_request_method="GET",route="/",code="200"} 1',
    );
  });

  it('takes the place of an earlier one, but not of a metric that is not ours', () => {
    const { registry } = setUp();
    const { recorder } = setUp();
    const like = registry as unknown as RegistryLike;
    registerMetric(like, recorder.metric, 'rename one');
    expect(registry.getSingleMetric(recorder.metric.name)).toBe(recorder.metric);
    registry.clear();
    new Histogram({ name: recorder.metric.name, help: 'theirs', registers: [registry] });
    expect(() => registerMetric(like, recorder.metric, 'rename one')).toThrow(PromAgentError);
  });
});
