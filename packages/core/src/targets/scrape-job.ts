import type { ScrapeProtocol } from '../exposition/content-type.js';
import type { RelabelRule } from '../relabel/rule.js';

/**
 * What a scrape thread needs to know of a job: the part of a scrape_config that works after target
 * relabelling. Plain data: crosses to the threads by structured clone, once per job and change.
 */
export interface ScrapeJob {
  readonly name: string;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly scrapeProtocols: readonly ScrapeProtocol[];
  readonly fallbackScrapeProtocol: ScrapeProtocol | undefined;
  readonly enableCompression: boolean;
  readonly followRedirects: boolean;
  /** Decompressed bytes; 0: bounded by the thread's memory alone. */
  readonly bodySizeLimitBytes: number;
  /** Samples left after metric relabelling; 0: no limit. */
  readonly sampleLimit: number;
  readonly metricRelabelRules: readonly RelabelRule[];
}
