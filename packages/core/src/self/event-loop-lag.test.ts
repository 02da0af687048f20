import { collectDefaultMetrics, Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { EventLoopLag } from './event-loop-lag.js';
import type { RegistryLike } from './registry.js';

let lag: EventLoopLag | undefined;
afterEach(() => lag?.close());

function setUp() {
  const clock = new ManualClock();
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const before = registry.getMetricsAsArray().map((metric) => describeMetric(metric));
  lag = new EventLoopLag(registry as unknown as RegistryLike, clock);
  const shown = async (name: string): Promise<number> => {
    const text = await registry.getSingleMetricAsString(name);
    return Number(text.split(' ').at(-1));
  };
  return { clock, registry, before, shown };
}

const describeMetric = (metric: object): string => {
  const { name, help, type, aggregator } = metric as unknown as Record<string, string>;
  return [name, help, type, aggregator].join('|');
};

/** Holds the event loop for so long. */
async function hold(ms: number): Promise<void> {
  // The monitor's timer runs before and after it.
  for (const busyMs of [0, ms, 0]) {
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
    const end = performance.now() + busyMs;
    while (performance.now() < end) {
      // Nothing else runs.
    }
  }
}

describe('EventLoopLag', () => {
  it('has prom-client’s names, types, words and aggregators', () => {
    const { registry, before } = setUp();
    const after = registry.getMetricsAsArray().map((metric) => describeMetric(metric));
    expect(after.toSorted()).toEqual(before.toSorted());
  });

  it('two scrapers both see what happened, whoever comes first', async () => {
    const { shown, registry } = setUp();
    await hold(80);
    const names = ['max', 'mean', 'p99'].map((part) => `nodejs_eventloop_lag_${part}_seconds`);
    for (const _ of ['one', 'the other', 'one again']) {
      await registry.metrics();
      expect(await shown('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.07);
      for (const name of names) expect(await shown(name)).toBeGreaterThan(0);
    }
  });

  it('forgets what is two windows old', async () => {
    const { clock, shown } = setUp();
    await hold(80);
    await clock.advance(31_000);
    expect(await shown('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.07);
    await clock.advance(31_000);
    // As prom-client's before its first sample.
    expect(await shown('nodejs_eventloop_lag_max_seconds')).toBeLessThan(0.07);
  });

  it('the lag of the moment is that of a timer, not of the scrape', async () => {
    const { clock, shown } = setUp();
    await clock.advance(1000);
    expect(await shown('nodejs_eventloop_lag_seconds')).toBe(0);
  });
});
