import type { ShardCounters } from '../messages.js';

export function createShardCounters(): ShardCounters {
  return {
    scrapes: 0,
    scrapesFailed: {},
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
