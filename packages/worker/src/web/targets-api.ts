import { hostname } from 'node:os';
import type { OwnedTarget } from '@prom-agent/core';
import { formatDuration, formatTime } from './go-format.js';

/** The data of `GET /api/v1/targets?state=active`, field for field as Prometheus 3 (web/api/v1). */
export function describeTargets(owned: readonly OwnedTarget[]) {
  return {
    activeTargets: owned.map(describeTarget),
    droppedTargets: [],
    droppedTargetCounts: null,
  };
}

function describeTarget({ target, status }: OwnedTarget) {
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
  };
}

const localHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** As others reach it: a target on this host is named after the host (web/api/v1 sanitizes so too). */
function globalUrl(url: string): string {
  const global = new URL(url);
  if (localHosts.has(global.hostname)) global.hostname = hostname();
  return global.href;
}
