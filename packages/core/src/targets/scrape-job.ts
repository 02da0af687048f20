import type { ScrapeProtocol } from '../exposition/content-type.js';
import type { HttpClientConfig } from '../http-client/http-client-config.js';
import type { RelabelRule } from '../relabel/rule.js';

export type NameValidation = 'utf8' | 'legacy';
export type NameEscaping = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

/**
 * What a scrape thread needs to know of a job: the part of a scrape_config that works after target
 * relabelling. Plain data: crosses to the threads by structured clone, once per job and change.
 * Defaults are those of Prometheus 3.5 (config/config.go).
 */
export interface ScrapeJob {
  readonly name: string;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  /** Markers for series with timestamps of their own. */
  readonly trackTimestampsStaleness: boolean;
  readonly scrapeProtocols: readonly ScrapeProtocol[];
  readonly fallbackScrapeProtocol: ScrapeProtocol | undefined;
  readonly nameValidation: NameValidation;
  readonly nameEscaping: NameEscaping;
  /** Prometheus' --enable-feature=native-histograms for this job: take native histograms at all. */
  readonly scrapeNativeHistograms: boolean;
  /** The classic form of a histogram that is native, too. */
  readonly alwaysScrapeClassicHistograms: boolean;
  /** Classic histograms become native ones with custom buckets. */
  readonly convertClassicHistogramsToNhcb: boolean;
  /** Buckets of one native histogram; beyond, the resolution is halved, then the scrape fails. 0: no limit. */
  readonly nativeHistogramBucketLimit: number;
  /** Least growth factor between buckets; 0: as exposed. */
  readonly nativeHistogramMinBucketFactor: number;
  /** `scrape_timeout_seconds`, `scrape_sample_limit`, `scrape_body_size_bytes` beside the other synthetic series. */
  readonly extraScrapeMetrics: boolean;
  readonly enableCompression: boolean;
  readonly http: HttpClientConfig;
  /** Decompressed bytes; 0: bounded by the thread's memory alone. */
  readonly bodySizeLimitBytes: number;
  /** Samples left after metric relabelling; 0: no limit. */
  readonly sampleLimit: number;
  /** Labels of a series, after metric relabelling; 0: no limit. */
  readonly labelLimit: number;
  /** In bytes; 0: no limit. */
  readonly labelNameLengthLimit: number;
  /** In bytes; 0: no limit. */
  readonly labelValueLengthLimit: number;
  readonly metricRelabelRules: readonly RelabelRule[];
  /** Absolute path of the file failed scrapes are written to. */
  readonly scrapeFailureLogFile: string | undefined;
}

/** The job of a configuration that says nothing: what tests and the service's own registry start from. */
export const defaultScrapeJob: Omit<ScrapeJob, 'name' | 'http'> = {
  honorLabels: false,
  honorTimestamps: true,
  trackTimestampsStaleness: false,
  scrapeProtocols: [
    'OpenMetricsText1.0.0',
    'OpenMetricsText0.0.1',
    'PrometheusText1.0.0',
    'PrometheusText0.0.4',
  ],
  fallbackScrapeProtocol: undefined,
  nameValidation: 'utf8',
  nameEscaping: 'allow-utf-8',
  scrapeNativeHistograms: false,
  alwaysScrapeClassicHistograms: false,
  convertClassicHistogramsToNhcb: false,
  nativeHistogramBucketLimit: 0,
  nativeHistogramMinBucketFactor: 0,
  extraScrapeMetrics: false,
  enableCompression: true,
  bodySizeLimitBytes: 0,
  sampleLimit: 0,
  labelLimit: 0,
  labelNameLengthLimit: 0,
  labelValueLengthLimit: 0,
  metricRelabelRules: [],
  scrapeFailureLogFile: undefined,
};
