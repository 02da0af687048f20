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

  // As a service in JavaScript may write them.
  it.each<[string, object | string]>([
    [
      'http.bukets: unknown field, expected one of enabled, preset, prefix, name, buckets',
      { bukets: [1] },
    ],
    [
      'http.ignore.route: unknown field, expected one of routes, paths',
      { ignore: { route: ['/x'] } },
    ],
    ['http.aborted.nam: unknown field', { aborted: { nam: 'x' } }],
    ['http: expected an object, got "yes"', 'yes'],
    ['http.buckets: expected a list of numbers, got "x"', { buckets: 'x' }],
    [
      "http.requestSize.buckets: expected a list of numbers, got [ '1' ]",
      { requestSize: { buckets: ['1'] } },
    ],
    [
      'http.ignore.routes: expected a list of texts and regular expressions',
      { ignore: { routes: '/x' } },
    ],
    ['http.ignore.methods: expected a list of texts, got "GET"', { ignore: { methods: 'GET' } }],
    ['http.ignore.request: expected a function', { ignore: { request: true } }],
    [
      'http.unmatchedRoute: expected a text, false or a function, got "true"',
      { unmatchedRoute: true },
    ],
    ['http.routeLabel: expected a function', { routeLabel: '/x' }],
    ['http.labels: expected texts and functions by name', { labels: { a: { b: 1 } } }],
    ['http.nativeHistograms: expected true or false, got "no"', { nativeHistograms: 'no' }],
    ['http.summary: expected true, false or an object, got "1"', { summary: 1 }],
    [
      'http.labelNames.route: expected a text, or false, got "true"',
      { labelNames: { route: true } },
    ],
  ])('refuses what is no option: %s', (words, options) => {
    expect(() => createHttpRecorder(options as HttpOptions)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(words) }),
    );
  });

  it('takes undefined for what is not given', () => {
    const options = { buckets: undefined, ignore: { routes: undefined }, labelNames: undefined };
    expect(() => createHttpRecorder(options as unknown as HttpOptions)).not.toThrow();
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
