import { AggregatorRegistry, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createHttpRecorder, type HttpRecorder } from '../http/recorder/http-recorder.js';
import { ManualClock } from '../testing/manual-clock.js';
import { registerMetric, registerMetrics, unregisterMetric } from './register-metric.js';
import type { RegistryLike, RegistryMetric, RegistrySample } from './registry.js';
import { renderRegistry } from './render-registry.js';

function metric(
  aggregator: RegistryMetric['aggregator'],
  values: RegistrySample[],
  type: RegistryMetric['type'] = 'gauge',
): RegistryMetric {
  const said = { name: 'm', help: 'h', type, aggregator };
  return { ...said, get: () => ({ ...said, values }), reset: () => void values.splice(0) };
}

function joined(...metrics: RegistryMetric[]): Registry {
  const registry = new Registry();
  for (const one of metrics) registerMetric(like(registry), one, 'rename it');
  return registry;
}

const like = (registry: Registry) => registry as unknown as RegistryLike;

const sample = (value: number, labels: RegistrySample['labels'] = {}) => ({ value, labels });

async function samplesOf(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => /^m/.test(line));
}

describe('metrics of one name in one registry', () => {
  it.each([
    ['sum', ['m{a="1"} 5', 'm{a="2"} 4', 'm{a="3"} 6']],
    ['min', ['m{a="1"} 2', 'm{a="2"} 4', 'm{a="3"} 6']],
    ['max', ['m{a="1"} 3', 'm{a="2"} 4', 'm{a="3"} 6']],
    ['first', ['m{a="1"} 2', 'm{a="2"} 4', 'm{a="3"} 6']],
  ] as const)('with the aggregator %s', async (aggregator, expected) => {
    const one = metric(aggregator, [sample(2, { a: '1' }), sample(4, { a: '2' })]);
    const other = metric(aggregator, [sample(6, { a: '3' }), sample(3, { a: '1' })]);
    expect(await samplesOf(joined(one, other))).toEqual(expected);
    const { values } = await joined(one, other).getSingleMetric('m')!.get();
    const workers = AggregatorRegistry.aggregate([
      await joined(one).getMetricsAsJSON(),
      await joined(other).getMetricsAsJSON(),
    ]);
    expect((await workers.getSingleMetric('m')!.get()).values).toEqual(values);
  });

  it('of a summary the higher quantile', async () => {
    const summary = (quantile: number, sum: number) =>
      metric(
        'sum',
        [sample(quantile, { quantile: 0.5 }), { ...sample(sum), metricName: 'm_sum' }],
        'summary',
      );
    expect(await samplesOf(joined(summary(3, 10), summary(2, 20)))).toEqual([
      'm{quantile="0.5"} 3',
      'm_sum 30',
    ]);
  });

  it('the same labels in another order are the same series, collisions of prom-client’s keys are not', async () => {
    const one = metric('sum', [sample(1, { a: '1', b: '2' }), sample(1, { a: '1,b:2' })]);
    const other = metric('sum', [sample(1, { b: '2', a: '1' })]);
    expect(await samplesOf(joined(one, other))).toEqual(['m{b="2",a="1"} 2', 'm{a="1,b:2"} 1']);
  });

  it('leave one by one, however many they are, and what was never there takes nothing away', async () => {
    const all = [1, 2, 3].map((value) => metric('sum', [sample(value)]));
    const registry = joined(...all);
    unregisterMetric(like(registry), metric('sum', []));
    for (const [i, left] of ['5', '3', undefined].entries()) {
      unregisterMetric(like(registry), all[i]!);
      expect(await samplesOf(registry)).toEqual(left === undefined ? [] : [`m ${left}`]);
    }
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('are reset together, and one that is registered again is there once', async () => {
    const [one, other] = [metric('sum', [sample(1)]), metric('sum', [sample(2)])];
    const registry = joined(one, other, one);
    expect(await samplesOf(registry)).toEqual(['m 3']);
    registry.resetMetrics();
    expect(await samplesOf(registry)).toEqual([]);
  });

  it('of another type are refused', () => {
    expect(() => joined(metric('sum', []), metric('sum', [], 'counter'))).toThrow(
      expect.objectContaining({ code: 'REGISTRY_CONFLICT' }),
    );
  });
});

describe('recorders in one registry', () => {
  const options = { requests: true, summary: false, buckets: [0.1, 1], exemplars: false };

  async function count(
    recorder: HttpRecorder,
    clock: ManualClock,
    tookMs: number,
    status = 200,
  ): Promise<void> {
    const number = recorder.begin('GET');
    recorder.addResponseBytes(number, tookMs);
    await clock.advance(tookMs);
    recorder.end(
      number,
      recorder.route('GET', '/a'),
      status,
      status === 499 ? 'aborted-before-headers' : 'sent',
    );
  }

  it.each(['text', 'openmetrics', 'protobuf'] as const)(
    'show what one that had counted all would, in %s',
    async (format) => {
      const bodies: Buffer[] = [];
      for (const recorders of [1, 2, 3]) {
        const clock = new ManualClock();
        const registry = new Registry();
        const all = Array.from({ length: recorders }, () => createHttpRecorder(options, clock));
        for (const { metrics } of all) registerMetrics(like(registry), metrics, '');
        for (const [i, tookMs] of [0, 62.5, 125, 250, 500, 5000, 62.5, 31.25].entries()) {
          await count(all[i % recorders]!, clock, tookMs, i === 3 ? 499 : 200);
        }
        const walk = renderRegistry(like(registry), {
          format: { format, escaping: 'underscores' },
        });
        const chunks: Uint8Array[] = [];
        for (let chunk = await walk.next(); chunk !== undefined; chunk = await walk.next()) {
          chunks.push(Uint8Array.from(chunk));
        }
        bodies.push(Buffer.concat(chunks));
      }
      const [alone, ...together] = bodies.map((body) => body.toString('latin1').split('\n'));
      for (const body of together) expect(body).toEqual(alone);
    },
  );
});
