/** Why a scrape failed. Closed: shown in pages and logs, label value of a counter. */
export const scrapeFailureReasons = [
  'connect',
  'timeout',
  'tls',
  'credentials',
  'status',
  'redirect',
  'content_type',
  'body_size',
  'memory',
  'encoding',
  'truncated',
  'malformed',
  'syntax',
  'sample_limit',
  'histogram_buckets',
  'label',
  'target_limit',
  'quarantined',
  'internal',
] as const;

export type ScrapeFailureReason = (typeof scrapeFailureReasons)[number];

/** The last scrape of a target, as the thread reports it about once a second. Plain data. */
export interface TargetStatus {
  readonly targetId: string;
  readonly health: 'unknown' | 'up' | 'down';
  /** Start of the last scrape, Unix ms; 0 before the first. */
  readonly lastScrapeMs: number;
  readonly lastDurationMs: number;
  /** Samples in the body, before metric relabelling. */
  readonly lastSamples: number;
  readonly series: number;
  /** Empty after a good scrape. */
  readonly lastError: string;
  readonly lastReason: ScrapeFailureReason | undefined;
}

/** A target no thread has scraped yet. */
export function neverScraped(targetId: string): TargetStatus {
  return {
    targetId,
    health: 'unknown',
    lastScrapeMs: 0,
    lastDurationMs: 0,
    lastSamples: 0,
    series: 0,
    lastError: '',
    lastReason: undefined,
  };
}
