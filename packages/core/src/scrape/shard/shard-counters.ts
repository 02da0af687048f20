import { type ScrapeFailureReason, scrapeFailureReasons } from '../../targets/target-status.js';
import type { ShardCounters } from '../messages.js';

export function createShardCounters(): ShardCounters {
  return {
    scrapes: 0,
    scrapesFailed: noFailures(),
    ticksSkipped: 0,
    samplesScraped: 0,
    samplesPostRelabelling: 0,
    samplesRefused: { duplicate_timestamp: 0, out_of_order: 0, out_of_bounds: 0, series_limit: 0 },
    staleMarkers: 0,
    seriesAdded: 0,
    takeOvers: 0,
    takeOversFailed: 0,
    bodyBytes: 0,
    series: 0,
    memoryBytes: 0,
  };
}

/** Every reason from the start: of a counter that begins with its first failure `rate()` misses that one. */
function noFailures(): Record<ScrapeFailureReason, number> {
  const none = scrapeFailureReasons.map((reason) => [reason, 0] as const);
  return Object.fromEntries(none) as Record<ScrapeFailureReason, number>;
}
