import type { Agent, DroppedTarget, OwnedTarget } from '@prom-agent/core';
import { formatDuration } from '@prom-agent/core/duration';
import { globalUrl } from './global-url.js';
import { formatTime } from './go-format.js';

/** Which targets are asked for. */
export interface TargetsQuery {
  readonly active: boolean;
  readonly dropped: boolean;
  /** Only this job's. */
  readonly job: string | undefined;
  /** Of the active ones, then the dropped ones, as one list. */
  readonly offset: number;
  readonly limit: number;
}

/** Names of the jobs as Prometheus lists its scrape pools: sorted. */
export function jobsInOrder(agent: Agent): string[] {
  return agent.jobs().toSorted();
}

/**
 * The data of `GET /api/v1/targets` piece by piece, field for field as Prometheus 3 (web/api/v1), with
 * the `reason` and `message` of dropped targets beside; `total` is how many there are without limit.
 */
export function targetsJson(
  agent: Agent,
  query: TargetsQuery,
): { total: number; chunks: Generator<string> } {
  const active = query.active ? activeTargets(agent, query.job) : [];
  const dropped = query.dropped ? droppedTargets(agent, query.job) : [];
  const { offset, limit } = query;
  const droppedFrom = Math.max(0, offset - active.length);
  const shownActive = active.slice(offset, offset + limit);
  const shownDropped = dropped.slice(droppedFrom, droppedFrom + limit - shownActive.length);
  const counts = query.dropped ? Object.fromEntries(agent.droppedTargetCounts()) : null;
  return {
    total: active.length + dropped.length,
    chunks: (function* json() {
      yield '{"status":"success","data":{"activeTargets":[';
      yield* items(shownActive, describeTarget);
      yield '],"droppedTargets":[';
      yield* items(shownDropped, describeDropped);
      yield `],"droppedTargetCounts":${JSON.stringify(counts)}}}`;
    })(),
  };
}

function* items<T>(list: readonly T[], describe: (one: T) => object): Generator<string> {
  for (const [i, one] of list.entries()) {
    yield `${i === 0 ? '' : ','}${JSON.stringify(describe(one))}`;
  }
}

function activeTargets(agent: Agent, job: string | undefined): OwnedTarget[] {
  return agent
    .targets()
    .filter(({ target }) => job === undefined || target.job === job)
    .sort((a, b) => (a.target.job < b.target.job ? -1 : Number(a.target.job > b.target.job)));
}

function droppedTargets(agent: Agent, job: string | undefined): DroppedTarget[] {
  const jobs = jobsInOrder(agent).filter((name) => job === undefined || name === job);
  return jobs.flatMap((name) => agent.droppedTargets(name));
}

function describeDropped({ job, discoveredLabels, reason, message }: DroppedTarget): object {
  return {
    discoveredLabels: Object.fromEntries(discoveredLabels),
    scrapePool: job,
    reason,
    message,
  };
}

function describeTarget({ target, status }: OwnedTarget): object {
  return {
    discoveredLabels: Object.fromEntries(target.discoveredLabels),
    labels: Object.fromEntries(target.labels),
    scrapePool: target.job,
    scrapeUrl: target.url,
    globalUrl: globalUrl(target.url),
    lastError: status.lastError,
    lastScrape: formatTime(status.lastScrapeMs),
    lastScrapeDuration: status.lastDurationMs / 1000,
    health: status.health,
    scrapeInterval: formatDuration(target.intervalMs),
    scrapeTimeout: formatDuration(target.timeoutMs),
    id: target.id,
  };
}
