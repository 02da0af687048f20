import type { OutputStatus, PushStatus } from '../../outputs/output.js';
import { addDurable } from '../../outputs/queue/add-durable.js';
import { addLatencies } from '../../outputs/send-latency.js';
import { scrapeFailureReasons } from '../../targets/target-status.js';
import type { ShardCounters, ShardSummary } from '../messages.js';
import { createShardCounters } from '../shard/shard-counters.js';

export type Totals = Pick<ShardSummary, 'counters' | 'outputs'>;

const noGroups = { groups: 0, groupsRefused: 0, groupsLeft: 0, takesUtf8Names: true } as const;

/**
 * The counters of all shards together. A thread that died leaves its counts behind, so that no
 * counter of the agent goes back when a thread is replaced.
 */
export class ShardTotals {
  readonly #current: (Totals | undefined)[];
  readonly #past: Totals[] = [];
  /** Until the next summary: a scrape of the agent's metrics asks for each of them. */
  #sum: Totals | undefined;

  constructor(slots: number) {
    this.#current = new Array<Totals | undefined>(slots).fill(undefined);
  }

  update(slot: number, summary: Totals): void {
    this.#current[slot] = summary;
    this.#sum = undefined;
  }

  /** The slot's thread died: its counters stay, its gauges are gone. */
  retire(slot: number): void {
    const summary = this.#current[slot];
    this.#current[slot] = undefined;
    this.#sum = undefined;
    if (summary === undefined) return;
    const counters = { ...summary.counters, series: 0, memoryBytes: 0 };
    const outputs = summary.outputs.map((o) => ({
      ...o,
      requestsInFlight: 0,
      queueBytes: 0,
      queueSamples: 0,
      queueOldestMs: 0,
      batchesAside: 0,
      samplesAside: 0,
      pushes: o.pushes && { ...o.pushes, ...noGroups },
      durable: o.durable && { ...o.durable, segments: 0, isPaused: false, drain: undefined },
    }));
    const merged = mergeSummaries([...this.#past, { counters, outputs }]);
    this.#past.splice(0, this.#past.length, merged);
  }

  /** An output of the slot's thread fails or has not said yet how it does. */
  isBehind(slot: number): boolean {
    const outputs = this.#current[slot]?.outputs;
    return outputs === undefined || outputs.some(({ lastError }) => lastError !== '');
  }

  /** Bytes accounted for, by slot. */
  memoryBytes(): number[] {
    return this.#current.map((summary) => summary?.counters.memoryBytes ?? 0);
  }

  sum(): Totals {
    this.#sum ??= mergeSummaries([...this.#past, ...this.#current.filter((s) => s !== undefined)]);
    return this.#sum;
  }
}

function mergeSummaries(summaries: readonly Totals[]): Totals {
  const counters = createShardCounters();
  const outputs = new Map<string, OutputStatus>();
  for (const summary of summaries) {
    addCounters(counters, summary.counters);
    for (const status of summary.outputs) {
      const before = outputs.get(status.name);
      outputs.set(status.name, before === undefined ? status : addOutputs(before, status));
    }
  }
  return { counters, outputs: [...outputs.values()] };
}

function addCounters(sum: ShardCounters, more: ShardCounters): void {
  sum.scrapes += more.scrapes;
  sum.ticksSkipped += more.ticksSkipped;
  sum.samplesScraped += more.samplesScraped;
  sum.samplesPostRelabelling += more.samplesPostRelabelling;
  sum.samplesRefused.duplicate_timestamp += more.samplesRefused.duplicate_timestamp;
  sum.samplesRefused.out_of_order += more.samplesRefused.out_of_order;
  sum.samplesRefused.out_of_bounds += more.samplesRefused.out_of_bounds;
  sum.samplesRefused.series_limit += more.samplesRefused.series_limit;
  sum.staleMarkers += more.staleMarkers;
  sum.seriesAdded += more.seriesAdded;
  sum.takeOvers += more.takeOvers;
  sum.takeOversFailed += more.takeOversFailed;
  sum.bodyBytes += more.bodyBytes;
  sum.series += more.series;
  sum.memoryBytes += more.memoryBytes;
  for (const reason of scrapeFailureReasons)
    sum.scrapesFailed[reason] += more.scrapesFailed[reason];
}

function addOutputs(a: OutputStatus, b: OutputStatus): OutputStatus {
  return {
    name: a.name,
    url: a.url,
    // A thread that has fallen back tells more.
    protocolVersion: [a.protocolVersion, b.protocolVersion].sort()[0]!,
    samplesAppended: a.samplesAppended + b.samplesAppended,
    samplesSent: a.samplesSent + b.samplesSent,
    samplesRetried: a.samplesRetried + b.samplesRetried,
    samplesDropped: {
      queue_full: a.samplesDropped.queue_full + b.samplesDropped.queue_full,
      rejected: a.samplesDropped.rejected + b.samplesDropped.rejected,
      too_old: a.samplesDropped.too_old + b.samplesDropped.too_old,
      closed: a.samplesDropped.closed + b.samplesDropped.closed,
      damaged: a.samplesDropped.damaged + b.samplesDropped.damaged,
      superseded: a.samplesDropped.superseded + b.samplesDropped.superseded,
      nhcb_in_rw1_not_supported:
        a.samplesDropped.nhcb_in_rw1_not_supported + b.samplesDropped.nhcb_in_rw1_not_supported,
    },
    requestsSent: a.requestsSent + b.requestsSent,
    requestsSplit: a.requestsSplit + b.requestsSplit,
    requestsInFlight: a.requestsInFlight + b.requestsInFlight,
    bytesSent: a.bytesSent + b.bytesSent,
    sendLatency: addLatencies(a.sendLatency, b.sendLatency),
    clockSkewRefusals: a.clockSkewRefusals + b.clockSkewRefusals,
    queueBytes: a.queueBytes + b.queueBytes,
    queueSamples: a.queueSamples + b.queueSamples,
    queueOldestMs: earlier(a.queueOldestMs, b.queueOldestMs),
    batchesAside: a.batchesAside + b.batchesAside,
    samplesAside: a.samplesAside + b.samplesAside,
    highestTimestampMs: Math.max(a.highestTimestampMs, b.highestTimestampMs),
    highestSentTimestampMs: Math.max(a.highestSentTimestampMs, b.highestSentTimestampMs),
    lastError: b.lastError || a.lastError,
    durable: addDurable(a.durable, b.durable),
    pushes: addPushes(a.pushes, b.pushes),
  };
}

function addPushes(a: PushStatus | undefined, b: PushStatus | undefined): PushStatus | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    outcomes: {
      pushed: a.outcomes.pushed + b.outcomes.pushed,
      refused: a.outcomes.refused + b.outcomes.refused,
      unreachable: a.outcomes.unreachable + b.outcomes.unreachable,
    },
    lastPushMs: Math.max(a.lastPushMs, b.lastPushMs),
    groups: a.groups + b.groups,
    groupsRefused: a.groupsRefused + b.groupsRefused,
    groupsLeft: a.groupsLeft + b.groupsLeft,
    groupsDeleted: a.groupsDeleted + b.groupsDeleted,
    takesUtf8Names: a.takesUtf8Names && b.takesUtf8Names,
  };
}

/** 0: nothing waits. */
function earlier(aMs: number, bMs: number): number {
  return aMs > 0 && bMs > 0 ? Math.min(aMs, bMs) : Math.max(aMs, bMs);
}
