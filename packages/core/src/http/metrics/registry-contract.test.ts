import { AggregatorRegistry, Counter, Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { registerMetrics } from '../../self/register-metric.js';
import type { RegistryLike, RegistryMetric } from '../../self/registry.js';
import { renderRegistry } from '../../self/render-registry.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { createHttpRecorder } from '../recorder/http-recorder.js';

const apiKey = Symbol.for('opentelemetry.js.api.1');
const globals = globalThis as { [apiKey]?: unknown };

afterEach(() => {
  delete globals[apiKey];
});

/** All kinds of metrics of a recorder, each with something to show. */
function setUp(contentType?: typeof Registry.OPENMETRICS_CONTENT_TYPE) {
  const options = { requests: true, summary: true, buckets: [0.1, 1] };
  const recorder = createHttpRecorder(options, new ManualClock());
  const registry = new Registry();
  if (contentType !== undefined) registry.setContentType(contentType as never);
  const register = () =>
    registerMetrics(registry as unknown as RegistryLike, recorder.metrics, 'rename one');
  register();
  const request = (status = 200): void => {
    const number = recorder.begin('GET');
    recorder.headersSent(number);
    recorder.end(
      number,
      recorder.route('GET', '/a'),
      status,
      status === 499 ? 'aborted-after-headers' : 'sent',
    );
  };
  request();
  request(499);
  return { recorder, registry, register, request };
}

async function ours(registry: Registry, format: 'openmetrics' | 'text' = 'text'): Promise<string> {
  const walk = renderRegistry(registry as unknown as RegistryLike, {
    format: { format, escaping: 'underscores' },
  });
  let text = '';
  for (let chunk = await walk.next(); chunk !== undefined; chunk = await walk.next()) {
    text += Buffer.from(chunk).toString();
  }
  return text;
}

const families = [
  'http_request_duration_seconds histogram',
  'http_request_summary_seconds summary',
  'http_response_time_to_headers_seconds histogram',
  'http_request_size_bytes histogram',
  'http_response_size_bytes histogram',
  'http_requests_total counter',
  'http_requests_aborted_total counter',
  'http_requests_in_flight gauge',
  'prom_agent_http_overflow_total counter',
];

const typesOf = (text: string) => [...text.matchAll(/^# TYPE (.*)$/gm)].map(([, type]) => type);
const countOf = (text: string, status = 200) =>
  Number(new RegExp(`duration_seconds_count\\{.*"${status}"\\} (\\d+)`).exec(text)?.[1] ?? 0);

/** prom-client puts default labels between the bucket's and the series' own. */
const withSortedLabels = (line: string) =>
  line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').sort().join(',')}}`);

describe('the metrics of a recorder in a prom-client registry', () => {
  it('metrics(): the same text from prom-client and from us, default labels too', async () => {
    const { registry } = setUp();
    for (const labels of [{}, { zone: 'a' }]) {
      registry.setDefaultLabels(labels);
      const text = await registry.metrics();
      expect(typesOf(text)).toEqual(families);
      const lines = (all: string) => all.split('\n').filter(Boolean).map(withSortedLabels).sort();
      expect(lines(await ours(registry))).toEqual(lines(text));
      expect(text).toContain('http_requests_total{method="GET",route="/a",status_code="200"');
    }
  });

  it('metrics() as OpenMetrics, which leaves the classic text as it was', async () => {
    const { registry, recorder } = setUp(Registry.OPENMETRICS_CONTENT_TYPE);
    const classic = new Registry();
    registerMetrics(classic as unknown as RegistryLike, recorder.metrics, 'rename one');
    const before = await classic.metrics();
    const text = await registry.metrics();
    expect(text).toContain('# TYPE http_requests counter\nhttp_requests_total{');
    expect(await classic.metrics()).toBe(before);
    expect(await registry.metrics()).toBe(text);
    expect(await ours(classic, 'openmetrics')).toContain('# TYPE http_requests counter\n');
  });

  it('getMetricsAsJSON(), and the sum of two workers', async () => {
    const { registry } = setUp();
    const json = await registry.getMetricsAsJSON();
    expect(json.map(({ name, type }) => `${name} ${type}`)).toEqual(families);
    const both = AggregatorRegistry.aggregate([json, await registry.getMetricsAsJSON()]);
    const text = await both.metrics();
    expect(countOf(text)).toBe(2);
    expect(text).toContain(
      'http_requests_aborted_total{method="GET",route="/a",phase="after_headers"} 2',
    );
  });

  it('getSingleMetric() and getSingleMetricAsString()', async () => {
    const { registry, recorder } = setUp();
    for (const metric of recorder.metrics) {
      expect(registry.getSingleMetric(metric.name)).toBe(metric);
      expect(typesOf(await registry.getSingleMetricAsString(metric.name))).toHaveLength(1);
    }
  });

  it('resetMetrics(): forgets the counts, goes on counting under kept route ids', async () => {
    const { registry, request } = setUp();
    registry.resetMetrics();
    expect(countOf(await registry.metrics())).toBe(0);
    request();
    expect(countOf(await registry.metrics())).toBe(1);
  });

  it('clear(): counting goes on unseen, and is seen again when they are registered again', async () => {
    const { registry, register, request } = setUp();
    registry.clear();
    request();
    expect(await registry.metrics()).toBe('\n');
    register();
    expect(countOf(await registry.metrics())).toBe(2);
  });

  it('Registry.merge(): beside the metrics of another registry, as they are now', async () => {
    const { registry, request } = setUp();
    const other = new Registry();
    new Counter({ name: 'orders_total', help: 'h', registers: [other] }).inc();
    const merged = Registry.merge([registry, other]);
    request();
    expect(countOf(await merged.metrics())).toBe(2);
    expect(await merged.metrics()).toContain('\norders_total 1\n');
  });
});

describe('exemplars', () => {
  const spanKey = Symbol.for('OpenTelemetry Context Key SPAN');
  const trace = (traceFlags: number) => {
    const spanContext = () => ({ traceId: 'abc', spanId: 'def', traceFlags });
    const context = { getValue: (key: symbol) => (key === spanKey ? { spanContext } : undefined) };
    globals[apiKey] = { context: { active: () => context } };
  };
  const exemplar = / # \{trace_id="abc",span_id="def"\} 0(\.0)? \d/;

  it('of a sampled span are in OpenMetrics, ours and prom-client’s, not in the classic text', async () => {
    trace(1);
    const { registry } = setUp(Registry.OPENMETRICS_CONTENT_TYPE);
    const bucket = (text: string) => /^http_request_duration_seconds_bucket\{.*$/m.exec(text)?.[0];
    expect(bucket(await registry.metrics())).toMatch(exemplar);
    expect(bucket(await ours(registry, 'openmetrics'))).toMatch(exemplar);
    expect(await ours(registry)).not.toMatch(/ # \{/);
  });

  it('keep their time from scrape to scrape, though the wall clock counts whole milliseconds, until it is set', async () => {
    trace(1);
    const clock = new ManualClock();
    let wallOffsetMs = 0;
    const wall = () => Math.floor(clock.nowMs() + wallOffsetMs);
    const whole = Object.assign(Object.create(clock), {
      nowMs: wall,
      monotonicMs: () => clock.monotonicMs(),
    });
    const recorder = createHttpRecorder({}, whole);
    recorder.end(recorder.begin('GET'), recorder.route('GET', '/'), 200, 'sent');
    const times = new Set<number | undefined>();
    const metric = recorder.metrics[0] as RegistryMetric & {
      getForPromString(): { values: readonly { exemplar?: { timestamp?: number } }[] };
    };
    const timestamp = () =>
      metric.getForPromString().values.find(({ exemplar }) => exemplar)?.exemplar?.timestamp;
    for (let i = 0; i < 20; i++) {
      await clock.advance(0.3);
      times.add(timestamp());
    }
    expect(times.size).toBe(1);
    wallOffsetMs = 5000;
    expect(timestamp()).toBeCloseTo([...times][0]! + 5, 1);
  });

  it.each([
    ['no span', undefined],
    ['a span that is not sampled', 0],
  ])('%s: none', async (_, flags) => {
    if (flags !== undefined) trace(flags);
    const { registry } = setUp();
    expect(await ours(registry, 'openmetrics')).not.toMatch(/ # \{/);
  });
});
