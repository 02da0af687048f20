import { Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.js';
import { silentLogger } from '../logger.js';
import { recycleChunk } from './chunk-pool.js';
import type { RegistryLike } from './registry.js';
import { RegistryRenderer } from './registry-renderer.js';

/** About 1.3 kB per series. */
function setUp(series: number) {
  const registry = new Registry();
  let collects = 0;
  const collect = (): void => {
    collects++;
  };
  new Gauge({ name: 'counted', help: 'h', collect, registers: [registry] });
  const histogram = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'h',
    labelNames: ['route'],
    registers: [registry],
  });
  for (let i = 0; i < series; i++) histogram.observe({ route: `/${'x'.repeat(60)}/${i}` }, i % 10);
  let nowMs = 0;
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  const renderer = new RegistryRenderer(registry as unknown as RegistryLike, clock, silentLogger);
  return {
    registry,
    series,
    histogram,
    renderer,
    collects: () => collects,
    later: (ms: number) => {
      nowMs += ms;
    },
    text: async () => (await registry.metrics()).replaceAll('\n\n', '\n'),
  };
}

type Body = AsyncGenerator<Uint8Array, void, undefined>;

async function take(body: Body, chunks: number): Promise<string> {
  let text = '';
  for (let i = 0; i < chunks; i++) {
    const { value } = await body.next();
    if (!value) break;
    text += Buffer.from(value).toString();
  }
  return text;
}

const rest = (body: Body): Promise<string> => take(body, Number.POSITIVE_INFINITY);

describe('RegistryRenderer', () => {
  it('renders once for scrapes of the same moment', async () => {
    const { renderer, collects, text } = setUp(300);
    const bodies = [renderer.render(), renderer.render(), renderer.render()];
    const texts = await Promise.all(bodies.map(rest));
    expect(collects()).toBe(1);
    expect(new Set(texts)).toEqual(new Set([await text()]));
  });

  it('gives a scrape that comes while another runs the body from its begin', async () => {
    const { renderer, collects, text } = setUp(1000);
    const first = renderer.render();
    const begin = await take(first, 3);
    const second = await rest(renderer.render());
    expect(collects()).toBe(1);
    expect(second).toBe(await text());
    expect(begin + (await rest(first))).toBe(second);
  });

  it.each([
    ['asks for another format', { format: { format: 'openmetrics', escaping: 'underscores' } }],
    ['asks for other metrics', { names: ['counted'] }],
  ] as const)('renders for itself a scrape that %s', async (_, request) => {
    const { renderer, collects } = setUp(300);
    const first = renderer.render();
    await take(first, 1);
    await rest(renderer.render(request));
    expect(collects()).toBe(2);
    await first.return();
  });

  it('gives a later scrape values of its own while an earlier one is still read', async () => {
    const { renderer, collects, later } = setUp(300);
    const first = renderer.render();
    await take(first, 1);
    later(251);
    await rest(renderer.render());
    expect(collects()).toBe(2);
    await first.return();
  });

  it.each(['text', 'openmetrics'] as const)(
    'of a large body of %s holds up nobody for a slow reader, who goes on by itself',
    async (format) => {
      const { renderer, collects } = setUp(3000);
      const request = { format: { format, escaping: 'allow-utf-8' } } as const;
      const slow = renderer.render(request);
      const begin = await take(slow, 2);
      const fast = await rest(renderer.render(request));
      expect(fast.length).toBeGreaterThan(3_000_000);
      expect(fast.match(/_count\{/g)).toHaveLength(3000);
      expect(begin + (await rest(slow))).toBe(fast);
      expect(collects()).toBe(1);
    },
  );

  it('does not let a scrape join that comes after the first MiB', async () => {
    const { renderer, collects, text } = setUp(3000);
    const first = renderer.render();
    await take(first, 6);
    const second = await rest(renderer.render());
    expect(collects()).toBe(2);
    expect(second).toBe(await text());
    await first.return();
  });

  it('is over with its last reader', async () => {
    const { renderer, collects } = setUp(300);
    const bodies = [renderer.render(), renderer.render()];
    for (const body of bodies) await take(body, 1);
    for (const body of bodies) await body.return();
    await rest(renderer.render());
    expect(collects()).toBe(2);
  });

  it.each(['text', 'openmetrics'] as const)(
    'uses chunks of %s again that were given back, and no others',
    async (format) => {
      const { renderer, series } = setUp(3000);
      const request = { format: { format, escaping: 'allow-utf-8' } } as const;
      const buffers = new Set<ArrayBufferLike>();
      let body = '';
      for await (const chunk of renderer.render(request)) {
        buffers.add(chunk.buffer);
        body += Buffer.from(chunk).toString();
        recycleChunk(chunk);
      }
      expect(body.match(/_count\{/g)).toHaveLength(series);
      // The first MiB is kept for those who join.
      expect(buffers.size).toBeLessThan(9);
      const kept: Uint8Array[] = [];
      for await (const chunk of renderer.render(request)) kept.push(chunk);
      expect(Buffer.concat(kept).toString()).toBe(body);
    },
  );

  it.each(['text', 'openmetrics', 'protobuf'] as const)(
    'never gives the same chunk of %s to two readers to give back',
    async (format) => {
      const { renderer } = setUp(3000);
      const request = { format: { format, escaping: 'allow-utf-8' } } as const;
      const read = async (reader: number): Promise<string> => {
        let body = '';
        for await (const chunk of renderer.render(request)) {
          body += Buffer.from(chunk).toString('latin1');
          recycleChunk(chunk);
          recycleChunk(chunk);
          // One falls behind, and goes on with a walk of its own.
          for (let turn = 0; turn <= reader * 4; turn++) {
            await new Promise((resolve) => setImmediate(resolve));
          }
        }
        return body;
      };
      const expected = await read(0);
      expect(await Promise.all([read(0), read(1), read(2)])).toEqual([
        expected,
        expected,
        expected,
      ]);
    },
  );

  it('shows each series whole, of whatever happens to others between the chunks', async () => {
    const { renderer, histogram } = setUp(300);
    const body = renderer.render();
    const begin = await take(body, 1);
    const route = (i: number) => ({ route: `/${'x'.repeat(60)}/${i}` });
    histogram.remove(route(298));
    histogram.observe(route(299), 4);
    histogram.observe({ route: 'new' }, 1);
    const text = begin + (await rest(body));
    expect(text).not.toContain('/298"');
    expect(text).toMatch(/_bucket\{le="\+Inf",route="\/x+\/299"\} 2\n/);
    expect(text).toMatch(/_count\{route="\/x+\/299"\} 2\n/);
    expect(text).not.toContain('new');
    expect(text.match(/_count\{/g)).toHaveLength(299);
    const afterwards = await rest(renderer.render());
    expect(afterwards).toContain('_count{route="new"} 1\n');
  });

  it('lists what is there already before its first render', () => {
    const { histogram } = setUp(5000);
    const map = (histogram as unknown as { hashMap: Record<string, unknown> }).hashMap;
    // A map whose new keys are watched is never listed again.
    expect(Object.getPrototypeOf(map)).not.toBe(Object.prototype);
  });

  it('goes on with the series it began with when the registry is reset meanwhile', async () => {
    const { renderer, registry } = setUp(300);
    const body = renderer.render();
    const begin = await take(body, 1);
    registry.resetMetrics();
    registry.clear();
    expect((begin + (await rest(body))).match(/_count\{/g)).toHaveLength(300);
    expect(await rest(renderer.render())).toBe('');
  });
});
