import type { RelabelRule } from '../relabel/rule.js';

/** Prometheus' names of the formats it can ask for (scrape_protocols, fallback_scrape_protocol). */
export type ScrapeProtocol =
  | 'PrometheusProto'
  | 'PrometheusText0.0.4'
  | 'PrometheusText1.0.0'
  | 'OpenMetricsText0.0.1'
  | 'OpenMetricsText1.0.0';

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
