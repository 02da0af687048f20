import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { PromAgentError } from '../../errors.js';
import { registerMetrics } from '../../self/register-metric.js';
import type { RegistryLike } from '../../self/registry.js';
import { renderRegistry } from '../../self/render-registry.js';
import type { HttpOptions } from '../options/http-options.js';
import { createHttpRecorder } from '../recorder/http-recorder.js';

/** But for the counter of what overflows, which is taken out again. */
const onlyDuration: HttpOptions = {
  timeToHeaders: false,
  requestSize: false,
  responseSize: false,
  aborted: false,
  inFlight: false,
};

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

async function ourText(registry: Registry): Promise<string> {
  const chunk = await renderRegistry(registry as unknown as RegistryLike).next();
  return Buffer.from(chunk ?? []).toString();
}

describe('the duration in a prom-client registry', () => {
  it('shows the same text as a prom-client histogram that saw the same requests', async () => {
    const buckets = [0.1, 0.5, 2];
    const { recorder, registry } = setUp({ buckets, ...onlyDuration });
    registry.removeSingleMetric('prom_agent_http_overflow_total');
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
    expect(await both.metrics()).toMatch(/duration_seconds_count\{.*\} 2/);
    expect(await both.metrics()).toMatch(/duration_seconds_sum\{.*\} 1/);
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

  it('does not take the place of a metric that is not ours', () => {
    const { registry, recorder } = setUp();
    const like = registry as unknown as RegistryLike;
    const { name, help } = recorder.metrics.at(-2)!;
    registry.clear();
    new Histogram({ name, help, registers: [registry] });
    expect(() => registerMetrics(like, recorder.metrics, 'rename one')).toThrow(PromAgentError);
    expect(registry.getMetricsAsArray().map((metric) => metric.name)).toEqual([name]);
  });
});
