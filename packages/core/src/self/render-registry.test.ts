import { spawnSync } from 'node:child_process';
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  Registry,
  Summary,
} from 'prom-client';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.js';
import { ManualClock } from '../testing/manual-clock.js';
import type { CollectOutcomes } from './metric-chain.js';
import type { RegistryLike } from './registry.js';
import { type RenderOptions, renderRegistry } from './render-registry.js';

async function chunksOf(registry: Registry, options: RenderOptions = {}): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  const walk = renderRegistry(registry as unknown as RegistryLike, options);
  for (let chunk = await walk.next(); chunk !== undefined; chunk = await walk.next()) {
    chunks.push(chunk);
  }
  return chunks;
}

async function rendered(registry: Registry, options: RenderOptions = {}): Promise<string> {
  return Buffer.concat(await chunksOf(registry, options)).toString();
}

function openMetricsRegistry(): Registry {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry as unknown as Registry;
}

function fullRegistry(registry = new Registry()): Registry {
  const registers = [registry];
  const counter = new Counter({
    name: 'orders_total',
    help: 'a\\b\nc',
    labelNames: ['kind'],
    registers,
  });
  counter.inc({ kind: 'q"b\\s\nn' }, 1234567.5);
  new Gauge({ name: 'nan', help: 'h', registers }).set(Number.NaN);
  new Gauge({ name: 'inf', help: 'h', registers }).set(Number.NEGATIVE_INFINITY);
  const histogram = new Histogram({
    name: 'h',
    help: 'h',
    labelNames: ['a'],
    buckets: [1],
    registers,
  });
  histogram.observe({ a: 'x' }, 0.5);
  new Summary({ name: 's', help: 'h', percentiles: [0.5], registers }).observe(3);
  return registry;
}

const fullText = `# HELP orders_total a\\\\b\\nc
# TYPE orders_total counter
orders_total{kind="q\\"b\\\\s\\nn"} 1234567.5
# HELP nan h
# TYPE nan gauge
nan NaN
# HELP inf h
# TYPE inf gauge
inf -Inf
# HELP h h
# TYPE h histogram
h_bucket{le="1",a="x"} 1
h_bucket{le="+Inf",a="x"} 1
h_sum{a="x"} 0.5
h_count{a="x"} 1
# HELP s h
# TYPE s summary
s{quantile="0.5"} 3
s_sum 3
s_count 1
`;

describe('renderRegistry', () => {
  it('writes every kind of metric as text 0.0.4', async () => {
    expect(await rendered(fullRegistry())).toBe(fullText);
  });

  it('writes text 0.0.4 of a registry that is set to OpenMetrics, before and after it was rendered', async () => {
    const registry = fullRegistry(openMetricsRegistry());
    expect(await rendered(registry)).toBe(fullText);
    await registry.metrics();
    expect(await rendered(registry)).toBe(fullText);
  });

  it('leaves exemplars out, for they are errors in this format', async () => {
    const registry = openMetricsRegistry();
    const counter = new Counter({
      name: 'c',
      help: 'h',
      enableExemplars: true,
      registers: [registry],
    });
    counter.inc({ value: 2, exemplarLabels: { trace_id: 't' } });
    expect(await rendered(registry)).toBe('# HELP c_total h\n# TYPE c_total counter\nc_total 2\n');
  });

  it('adds default labels where a sample has none of that name', async () => {
    const registry = new Registry();
    registry.setDefaultLabels({ zone: 'z', a: 'default' });
    const gauge = new Gauge({ name: 'g', help: 'h', labelNames: ['a'], registers: [registry] });
    gauge.set({ a: '1' }, 1);
    gauge.set(2);
    const histogram = new Histogram({
      name: 'h',
      help: 'h',
      labelNames: ['a'],
      buckets: [],
      registers: [registry],
    });
    histogram.observe({ a: '1' }, 3);
    const lines = (await rendered(registry)).split('\n').filter((line) => /^[gh]/.test(line));
    expect(lines).toEqual([
      'g{a="1",zone="z"} 1',
      'g{zone="z",a="default"} 2',
      'h_bucket{le="+Inf",a="1",zone="z"} 1',
      'h_sum{a="1",zone="z"} 3',
      'h_count{a="1",zone="z"} 1',
    ]);
  });

  it('of an empty registry is empty', async () => {
    expect(await rendered(new Registry())).toBe('');
  });

  const promtool = spawnSync('promtool', ['--version']).error === undefined;
  const { PROM_AGENT_REQUIRE_SERVICES: required } = process.env;

  it.skipIf(!promtool && required !== '1')(
    'of the default metrics is what promtool can read',
    async () => {
      const registry = new Registry();
      collectDefaultMetrics({ register: registry });
      const text = await rendered(registry);
      const check = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
      // 3: it was read, but prom-client's gauges that end in _total are bad style.
      expect(check.status, check.stderr).toBe(3);
      expect(check.stderr.trim().split('\n')).toHaveLength(3);
    },
  );
});

describe('renderRegistry of metrics that misbehave', () => {
  function withGauge(name: string, collect: () => void | Promise<void>): Registry {
    const registry = new Registry();
    new Gauge({ name: 'before', help: 'h', registers: [registry] });
    new Gauge({ name, help: 'h', collect, registers: [registry] });
    new Gauge({ name: 'after', help: 'h', registers: [registry] });
    return registry;
  }

  function errorLog() {
    const errors: string[] = [];
    const onEnd = (outcomes: CollectOutcomes): void => {
      for (const [metric, error] of outcomes) if (error) errors.push(`${metric}: ${error}`);
    };
    return { errors, onEnd };
  }

  it.each([
    [
      'throws',
      () => {
        throw new Error('no database');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no database'))],
  ])('one whose collect %s costs only itself and is reported', async (_, collect) => {
    const { errors, onEnd } = errorLog();
    const text = await rendered(withGauge('bad', collect), { onEnd });
    expect(text).toContain('before 0\n');
    expect(text).toContain('after 0\n');
    expect(text).not.toContain('bad');
    expect(errors).toEqual(['bad: Error: no database']);
  });

  it('one whose collect hangs costs its timeout once, and is not called again meanwhile', async () => {
    const clock = new ManualClock();
    const { errors, onEnd } = errorLog();
    let calls = 0;
    let answer = (): void => {};
    const registry = withGauge('slow', () => {
      calls++;
      return new Promise<void>((resolve) => {
        answer = resolve;
      });
    });
    const first = rendered(registry, { clock, onEnd });
    while (clock.pendingTimers === 0) await clock.advance(0);
    await clock.advance(2000);
    expect(await first).toBe(
      '# HELP before h\n# TYPE before gauge\nbefore 0\n# HELP after h\n# TYPE after gauge\nafter 0\n',
    );
    expect(await rendered(registry, { clock, onEnd })).toContain('after 0\n');
    expect(calls).toBe(1);
    expect(errors).toEqual([
      'slow: Error: its collect function did not return within 2000 ms',
      'slow: Error: its collect function has still not returned',
    ]);
    answer();
    await clock.advance(0);
    const third = rendered(registry, { clock, onEnd });
    while (clock.pendingTimers === 0) await clock.advance(0);
    answer();
    expect(await third).toContain('slow 0\n');
    expect(clock.pendingTimers).toBe(0);
  });

  it('collects that wait for something do so at the same time', async () => {
    const registry = new Registry();
    let waiting = 0;
    let open = (): void => {};
    const both = new Promise<void>((resolve) => {
      open = resolve;
    });
    for (const name of ['a', 'b']) {
      const collect = (): Promise<void> => {
        waiting++;
        if (waiting === 2) open();
        return both;
      };
      new Gauge({ name, help: 'h', collect, registers: [registry] });
    }
    const text = await rendered(registry);
    expect(text).toContain('a 0\n');
    expect(text).toContain('b 0\n');
  });
});

describe('renderRegistry and the event loop', () => {
  function manyMetrics(count: number): Registry {
    const registry = new Registry();
    for (let i = 0; i < count; i++) {
      new Gauge({ name: `metric_${i}`, help: 'x'.repeat(1000), registers: [registry] });
    }
    return registry;
  }

  it('lets the loop run when its budget is spent', async () => {
    const registry = manyMetrics(50);
    let turns = 0;
    const count = (): void => {
      turns++;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    // Every reading is 1 ms later than the one before: the budget of 5 ms is spent at each fifth.
    let nowMs = 0;
    const clock = { ...systemClock, monotonicMs: () => nowMs++ };
    await rendered(registry, { clock, budgetMs: 5 });
    clearImmediate(immediate);
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  it('gives chunks of about 256 KiB', async () => {
    const sizes = (await chunksOf(manyMetrics(800))).map(({ length }) => length);
    expect(sizes).toHaveLength(4);
    for (const size of sizes.slice(0, -1)) {
      expect(size).toBeGreaterThanOrEqual(262_144);
      expect(size).toBeLessThan(262_144 + 2000);
    }
  });
});
