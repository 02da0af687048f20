import { expect, it } from 'vitest';
import type { DrainStatus, OutputStatus } from '../../outputs/output.js';
import { SendLatency } from '../../outputs/send-latency.js';
import { createShardCounters } from '../shard/shard-counters.js';
import { ShardTotals, type Totals } from './shard-totals.js';

const none = { queue_full: 0, rejected: 0, too_old: 0, closed: 0, damaged: 0, superseded: 0 };

function latencyOf(durationsMs: readonly number[]) {
  const latency = new SendLatency();
  for (const durationMs of durationsMs) latency.observe(durationMs);
  return latency.status();
}

function summary(status: Partial<OutputStatus>): Totals {
  const output: OutputStatus = {
    name: 'out',
    url: 'http://h/',
    protocolVersion: '2.0',
    samplesAppended: 10,
    samplesSent: 4,
    samplesRetried: 1,
    samplesDropped: { ...none, nhcb_in_rw1_not_supported: 0 },
    requestsSent: 3,
    requestsSplit: 1,
    requestsInFlight: 2,
    bytesSent: 100,
    sendLatency: latencyOf([]),
    clockSkewRefusals: 1,
    queueBytes: 60,
    queueSamples: 6,
    queueOldestMs: 0,
    batchesAside: 1,
    samplesAside: 2,
    highestTimestampMs: 5000,
    highestSentTimestampMs: 4000,
    lastError: '',
    ...status,
  };
  return { counters: createShardCounters(), outputs: [output] };
}

function totalsOf(...summaries: Totals[]): ShardTotals {
  const totals = new ShardTotals(summaries.length);
  for (const [slot, one] of summaries.entries()) totals.update(slot, one);
  return totals;
}

it('adds up what the outputs of all threads say', () => {
  const totals = totalsOf(
    summary({ queueOldestMs: 700, sendLatency: latencyOf([4, 30]) }),
    summary({ queueOldestMs: 500, sendLatency: latencyOf([4, 400_000]), highestTimestampMs: 9000 }),
    summary({ protocolVersion: '1.0' }),
  );
  const [output] = totals.sum().outputs;
  expect(output).toMatchObject({
    protocolVersion: '1.0',
    samplesAppended: 30,
    requestsInFlight: 6,
    requestsSplit: 3,
    clockSkewRefusals: 3,
    queueOldestMs: 500,
    batchesAside: 3,
    samplesAside: 6,
    highestTimestampMs: 9000,
  });
  const { counts, sumSeconds, buckets } = output!.sendLatency;
  expect([counts[0], counts[3], counts.at(-1)]).toEqual([2, 1, 1]);
  expect(sumSeconds).toBeCloseTo(400.038, 6);
  expect(Object.values(buckets).sort()).toEqual([1, 1, 2]);
});

it('keeps what a dead thread has counted, and forgets what it had under way', () => {
  const totals = totalsOf(
    summary({ queueOldestMs: 700, sendLatency: latencyOf([4]) }),
    summary({ sendLatency: latencyOf([4]) }),
  );
  totals.retire(0);
  const [output] = totals.sum().outputs;
  expect(output).toMatchObject({
    samplesAppended: 20,
    requestsInFlight: 2,
    queueSamples: 6,
    queueOldestMs: 0,
    batchesAside: 1,
    samplesAside: 2,
  });
  expect(output!.sendLatency.counts[0]).toBe(2);
});

it('a drain is over when that of the slowest thread is', () => {
  const durable = (drain: DrainStatus | undefined) => ({
    durable: {
      segments: 1,
      samplesRecovered: 0,
      recordsDamaged: 0,
      segmentsMissing: 0,
      isPaused: false,
      drain,
    },
  });
  const drains = (...all: (DrainStatus | undefined)[]) =>
    totalsOf(...all.map((drain) => summary(durable(drain)))).sum().outputs[0]!.durable!.drain;
  const fast = { samplesPerSecond: 100, secondsLeft: 5 };
  const slow = { samplesPerSecond: 10, secondsLeft: 60 };
  const stuck = { samplesPerSecond: -3, secondsLeft: undefined };
  expect(drains(undefined, undefined)).toBeUndefined();
  expect(drains(undefined, fast)).toEqual(fast);
  expect(drains(fast, slow)).toEqual({ samplesPerSecond: 110, secondsLeft: 60 });
  expect(drains(fast, stuck)).toEqual({ samplesPerSecond: 97, secondsLeft: undefined });
});
