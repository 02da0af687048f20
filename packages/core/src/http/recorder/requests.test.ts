import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { registerMetrics } from '../../self/register-metric.js';
import type { RegistryLike } from '../../self/registry.js';
import { ManualClock } from '../../testing/manual-clock.js';
import type { HttpOptions } from '../options/http-options.js';
import { createHttpRecorder } from './http-recorder.js';

function setUp(options: HttpOptions = {}) {
  const clock = new ManualClock();
  const recorder = createHttpRecorder({ buckets: [1], ...options }, clock);
  const registry = new Registry();
  registerMetrics(registry as unknown as RegistryLike, recorder.metrics, 'rename one');
  const lines = async (name: string): Promise<string[]> => {
    const text = await registry.getSingleMetricAsString(name);
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  };
  return { clock, recorder, registry, lines };
}

const get = 'method="GET",route="/a",status_code="200"';

describe('a request from begin to end', () => {
  it('is counted once with its time and the bytes of both bodies', async () => {
    const { clock, recorder, lines } = setUp();
    const id = recorder.route('GET', '/a');
    const request = recorder.begin('GET');
    recorder.addRequestBytes(request, 100);
    recorder.addRequestBytes(request, 50);
    await clock.advance(500);
    recorder.addResponseBytes(request, 2000);
    recorder.end(request, id, 200, 'sent');
    expect(await lines('http_request_duration_seconds')).toEqual([
      `http_request_duration_seconds_bucket{le="1",${get}} 1`,
      `http_request_duration_seconds_bucket{le="+Inf",${get}} 1`,
      `http_request_duration_seconds_sum{${get}} 0.5`,
      `http_request_duration_seconds_count{${get}} 1`,
    ]);
    expect(await lines('http_request_size_bytes')).toContain(
      `http_request_size_bytes_sum{${get}} 150`,
    );
    const sizes = await lines('http_response_size_bytes');
    expect(sizes).toContain(`http_response_size_bytes_bucket{le="1000",${get}} 0`);
    expect(sizes).toContain(`http_response_size_bytes_bucket{le="10000",${get}} 1`);
    expect(await lines('http_response_time_to_headers_seconds')).toEqual([]);
    expect(await lines('http_requests_aborted_total')).toEqual([]);
  });

  it('has its time to headers apart where it was streamed, the first one', async () => {
    const { clock, recorder, lines } = setUp();
    const request = recorder.begin('GET');
    await clock.advance(200);
    recorder.headersSent(request);
    await clock.advance(2000);
    recorder.headersSent(request);
    recorder.end(request, recorder.route('GET', '/a'), 200, 'sent');
    const name = 'http_response_time_to_headers_seconds';
    expect(await lines(name)).toContain(`${name}_sum{${get}} 0.2`);
    expect(await lines('http_request_duration_seconds')).toContain(
      `http_request_duration_seconds_sum{${get}} 2.2`,
    );
  });

  it('that is the next with its number has nothing of it', async () => {
    const { recorder, lines } = setUp();
    const id = recorder.route('GET', '/a');
    const first = recorder.begin('GET');
    recorder.addRequestBytes(first, 7);
    recorder.headersSent(first);
    recorder.end(first, id, 500, 'sent');
    const second = recorder.begin('GET');
    expect(second).toBe(first);
    recorder.end(second, id, 200, 'sent');
    expect(await lines('http_request_size_bytes')).toContain(
      `http_request_size_bytes_sum{${get}} 0`,
    );
    const toHeaders = await lines('http_response_time_to_headers_seconds');
    expect(toHeaders.filter((line) => line.includes('"200"'))).toEqual([]);
  });

  it('is in flight meanwhile, by method, also a thousand at once', async () => {
    const { recorder, lines } = setUp();
    const requests = Array.from({ length: 1000 }, () => recorder.begin('GET'));
    expect(new Set(requests).size).toBe(1000);
    const other = recorder.begin('BREW');
    const name = 'http_requests_in_flight';
    expect(await lines(name)).toEqual([`${name}{method="_OTHER"} 1`, `${name}{method="GET"} 1000`]);
    const id = recorder.route('GET', '/a');
    for (const request of requests) recorder.end(request, id, 200, 'sent');
    recorder.cancel(other);
    expect(await lines(name)).toEqual([`${name}{method="_OTHER"} 0`, `${name}{method="GET"} 0`]);
    expect(await lines('http_request_duration_seconds')).toContain(
      `http_request_duration_seconds_count{${get}} 1000`,
    );
  });

  it('that its client left is counted as such, by when it did', async () => {
    const { recorder, lines } = setUp();
    const id = recorder.route('GET', '/a');
    for (const end of ['aborted-before-headers', 'aborted-after-headers', 'sent'] as const) {
      recorder.end(recorder.begin('GET'), id, end === 'sent' ? 200 : 499, end);
    }
    const name = 'http_requests_aborted_total';
    expect(await lines(name)).toEqual([
      `${name}{method="GET",route="/a",phase="before_headers"} 1`,
      `${name}{method="GET",route="/a",phase="after_headers"} 1`,
    ]);
  });
});

describe('series that are idle', () => {
  it('go after seriesTtlMs, begin anew at zero, and make room', async () => {
    const { clock, recorder, lines } = setUp({ seriesTtlMs: 60_000, maxSeries: 2 });
    const count = (route: string) => recorder.observe(recorder.route('GET', route), 200, 0.5);
    const counts = async () => {
      const all = await lines('http_request_duration_seconds');
      return all.flatMap(
        (line) => /_count\{.*route="(.*?)".*\} (\d+)/.exec(line)?.slice(1).join(' ') ?? [],
      );
    };
    count('/a');
    count('/b');
    await counts();
    await clock.advance(40_000);
    count('/b');
    expect(await counts()).toEqual(['/a 1', '/b 2']);
    await clock.advance(30_000);
    expect(await counts()).toEqual(['/b 2']);
    count('/a');
    expect(await counts()).toEqual(['/a 1', '/b 2']);
    count('/c');
    expect(await counts()).toEqual(['__overflow__ 1', '/a 1', '/b 2']);
    await clock.advance(60_000);
    count('/a');
    expect(await counts()).toEqual(['__overflow__ 1', '/a 2']);
  });

  it('whose labels come from requests give their routes back too', async () => {
    const { clock, recorder, lines } = setUp({
      seriesTtlMs: 1000,
      maxSeries: 3,
      labels: { tenant: () => '' },
    });
    for (let turn = 0; turn < 10; turn++) {
      for (const tenant of [`${turn}x`, `${turn}y`, `${turn}z`]) {
        recorder.observe(recorder.route('GET', '/a', { tenant }), 200, 0.5);
      }
      const seen = await lines('http_request_duration_seconds');
      expect(seen.filter((line) => line.includes(`tenant="${turn}`))).toHaveLength(3 * 4);
      await clock.advance(1000);
      await lines('http_request_duration_seconds');
      await clock.advance(1000);
      await lines('http_request_duration_seconds');
    }
    expect(await lines('prom_agent_http_overflow_total')).toEqual([
      'prom_agent_http_overflow_total 0',
    ]);
  });
});

describe('labels', () => {
  it('never run together: prom-client takes these for one series', async () => {
    const { recorder, lines } = setUp({ labels: { a: () => '', b: () => '' } });
    recorder.observe(recorder.route('GET', '/', { a: '1', b: '2' }), 200, 1);
    recorder.observe(recorder.route('GET', '/', { a: '1,b:2', b: '' }), 200, 1);
    recorder.observe(recorder.route('GET', '/', { a: 'x|y', b: 'z' }), 200, 1);
    recorder.observe(recorder.route('GET', '/', { a: 'x', b: 'y|z' }), 200, 1);
    const counts = (await lines('http_request_duration_seconds')).filter((line) =>
      /_count/.test(line),
    );
    expect(counts).toHaveLength(4);
  });

  it('that are left out join their series', async () => {
    const { recorder, lines } = setUp({ labelNames: { route: false, method: false } });
    recorder.observe(recorder.route('GET', '/a'), 200, 1);
    recorder.observe(recorder.route('POST', '/b'), 200, 1);
    expect((await lines('http_request_duration_seconds')).at(-1)).toBe(
      'http_request_duration_seconds_count{status_code="200"} 2',
    );
  });

  it('of grouped statuses join their series', async () => {
    const { recorder, lines } = setUp({ statusCode: 'grouped' });
    const id = recorder.route('GET', '/a');
    for (const status of [200, 201, 204, 404]) recorder.observe(id, status, 1);
    const counts = (await lines('http_request_duration_seconds')).filter((line) =>
      /_count/.test(line),
    );
    expect(counts).toEqual([
      'http_request_duration_seconds_count{method="GET",route="/a",status_code="2xx"} 3',
      'http_request_duration_seconds_count{method="GET",route="/a",status_code="4xx"} 1',
    ]);
  });
});
