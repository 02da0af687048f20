import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { latencyBuckets, SendLatency } from '../outputs/send-latency.js';
import { AgentHistogram } from './agent-histogram.js';
import type { AgentMetricsSource, HistogramMetricRow } from './agent-metrics.js';
import { type MetricRows, readRows } from './metric-rows.js';
import { NativeHistogram } from './native-histogram/native-histogram.js';

const seconds = [0.0003, 0.004, 0.004, 0.03, 0.9, 1, 1.1, 42, 1000];

function histogramOf(): AgentHistogram {
  const latency = new SendLatency();
  for (const one of seconds) latency.observe(one * 1000);
  const row: HistogramMetricRow = {
    name: 'took_seconds',
    help: 'h',
    type: 'histogram',
    latencies: () => [{ labels: { to: 'a' }, latency: latency.status() }],
  };
  return new AgentHistogram(row, { latencyBuckets } as AgentMetricsSource);
}

/** One that was observed directly. */
function reference(): NativeHistogram {
  const options = { labelNames: ['to'], buckets: latencyBuckets.bounds };
  const histogram = new NativeHistogram({ name: 'took_seconds', help: 'h', ...options });
  for (const one of seconds) histogram.observe({ to: 'a' }, one);
  return histogram;
}

function rowOf(rows: MetricRows) {
  if (rows.kind !== 'histograms') throw new Error('no histogram');
  const { counts, native, sum } = rows.read(0)!;
  return { counts: [...counts], native, sum: Number(sum.toFixed(6)) };
}

it('is the histogram that would have been observed here, classic and native', () => {
  expect(rowOf(histogramOf()[readRows]())).toEqual(rowOf(reference()[readRows]()));
});

it("reads alike through prom-client's own registry", async () => {
  const [ours, theirs] = await Promise.all(
    [histogramOf(), reference()].map((histogram) => {
      const registry = new Registry();
      registry.registerMetric(histogram as never);
      return registry.metrics();
    }),
  );
  const sorted = (text: string | undefined) =>
    text!
      .replace(/\{(to="a"),(le="[^"]*")\}/g, '{$2,$1}')
      .replace(/(_sum.*) .*/, '$1')
      .split('\n')
      .sort();
  expect(sorted(ours)).toEqual(sorted(theirs));
});
