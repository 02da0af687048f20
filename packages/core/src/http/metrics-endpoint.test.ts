import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { Gauge, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { ExpositionResponse } from '../agent-api.js';
import { systemClock } from '../clock.js';
import { silentLogger } from '../logger.js';
import type { RegistryLike } from '../self/registry.js';
import { RegistryRenderer } from '../self/registry-renderer.js';
import { compressed } from './compressed.js';
import { metricsRequest, metricsResponse } from './metrics-endpoint.js';

async function bytesOf(response: ExpositionResponse): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function setUp(logger = silentLogger) {
  const registry = new Registry();
  new Gauge({ name: 'g', help: 'h', registers: [registry] }).set(5);
  const renderer = new RegistryRenderer(registry as unknown as RegistryLike, systemClock, logger);
  const answer = (acceptEncoding?: string): ExpositionResponse =>
    metricsResponse(renderer, { acceptEncoding });
  return { registry, renderer, answer };
}

const text = '# HELP g h\n# TYPE g gauge\ng 5\n';

describe('metricsResponse', () => {
  it('is text 0.0.4', async () => {
    const response = setUp().answer();
    expect(response.status).toBe(200);
    expect(response.headers).toEqual({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
      vary: 'Accept, Accept-Encoding',
    });
    expect((await bytesOf(response)).toString()).toBe(text);
  });

  it.each<[string | undefined, boolean]>([
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['GZIP', true],
    ['x-gzip', true],
    ['deflate, gzip;q=0.5, br', true],
    ['gzip;q=0', false],
    ['gzip; q=0.000', false],
    ['gzip;q=0.001', true],
    ['*', true],
    ['identity, gzip;q=0.5', false],
    ['identity;q=0.5, gzip', true],
    ['identity;q=0, gzip;q=0', false],
    ['*;q=0', false],
    ['*, gzip;q=0', false],
    ['identity', false],
    ['gzipped', false],
  ])('with Accept-Encoding %j is gzipped: %s', async (acceptEncoding, gzipped) => {
    const response = setUp().answer(acceptEncoding);
    const bytes = await bytesOf(response);
    expect(response.headers['content-encoding']).toBe(gzipped ? 'gzip' : undefined);
    expect((gzipped ? gunzipSync(bytes) : bytes).toString()).toBe(text);
  });

  it.each([
    ['text/plain', 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores', text],
    ['*/*', 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores', text],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;q=0.3',
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
      '# HELP g h\n# TYPE g gauge\ng 5.0\n# EOF\n',
    ],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores',
      '\x15\n\x01g\x12\x01h\x18\x01"\x0b\x12\t\t\0\0\0\0\0\0\x14@',
    ],
  ])('with Accept %j is %s', async (accept, contentType, body) => {
    const response = metricsResponse(setUp().renderer, { accept });
    expect(response.headers['content-type']).toBe(contentType);
    expect((await bytesOf(response)).toString('latin1')).toBe(body);
  });

  it('answers a reader who leaves by letting go of the render', async () => {
    const { registry, answer } = setUp();
    let collects = 0;
    const collect = (): void => void collects++;
    new Gauge({ name: 'counted', help: 'h', collect, registers: [registry] });
    for (let i = 0; i < 5000; i++) {
      const help = randomBytes(600).toString('base64');
      new Gauge({ name: `large_${i}`, help, registers: [registry] });
    }
    for await (const _ of answer('gzip').body) break;
    // Destroying a stream takes a turn.
    await new Promise((resolve) => setImmediate(resolve));
    await bytesOf(answer());
    expect(collects).toBe(2);
  });

  it('tells the log once of a metric that is missing, and once when it is back', async () => {
    const lines: unknown[] = [];
    const log = (fields: object, message: string): void => void lines.push([message, fields]);
    const { registry, answer } = setUp({ ...silentLogger, warn: log, info: log });
    let broken = true;
    const collect = (): void => {
      if (broken) throw new Error('no database');
    };
    new Gauge({ name: 'bad', help: 'h', collect, registers: [registry] });
    expect((await bytesOf(answer())).toString()).toBe(text);
    await bytesOf(answer());
    expect(lines).toEqual([
      ['a metric is missing from /metrics', { metric: 'bad', error: 'no database' }],
    ]);
    broken = false;
    expect((await bytesOf(answer())).toString()).toContain('bad 0\n');
    await bytesOf(answer());
    expect(lines.slice(1)).toEqual([['a metric is back in /metrics', { metric: 'bad' }]]);
  });
});

describe('metricsRequest', () => {
  it.each([
    ['/metrics', undefined],
    ['/metrics?', undefined],
    ['/metrics?name=a', undefined],
    ['/metrics?name[]=a&name%5B%5D=b%20c&x=y', ['a', 'b c']],
  ])('of %s asks for the names %j', (url, names) => {
    expect(metricsRequest({ url, headers: {} }).names).toEqual(names);
  });
});

describe('compressed', () => {
  it('fails when its source fails, and stops its source when its reader stops', async () => {
    let stopped = false;
    async function* source(fails: boolean): AsyncGenerator<Uint8Array> {
      try {
        for (let i = 0; ; i++) {
          if (fails && i === 3) throw new Error('broken source');
          yield Buffer.alloc(100_000, Math.random().toString(36));
        }
      } finally {
        stopped = true;
      }
    }
    const of = (fails: boolean): ExpositionResponse =>
      compressed({ status: 200, headers: {}, body: source(fails) }, 'gzip');
    await expect(bytesOf(of(true))).rejects.toThrow('broken source');
    stopped = false;
    for await (const _ of of(false).body) break;
    // Destroying a stream takes a turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(true);
  });
});
