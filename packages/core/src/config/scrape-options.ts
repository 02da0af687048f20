import type { ScrapeProtocol } from '../exposition/content-type.js';
import type {
  ConsulDiscoveryOptions,
  DnsDiscoveryOptions,
  FileDiscoveryOptions,
  HttpDiscoveryOptions,
  StaticConfigOptions,
  ZooKeeperDiscoveryOptions,
} from './discovery-options.js';
import type { HttpClientOptions } from './http-client-options.js';
import type { RelabelOptions } from './relabel-options.js';

/** What a job inherits where it says nothing itself. */
export interface SharedScrapeOptions {
  /** Time between two scrapes of a target. Default 60000 (1m). */
  scrapeIntervalMs?: number;
  /** At most the interval. Default 10000 (10s), or the interval if that is shorter. */
  scrapeTimeoutMs?: number;
  /** Formats to ask for, best first. Default: OpenMetrics 1.0.0 and 0.0.1, text 1.0.0 and 0.0.4. */
  scrapeProtocols?: ScrapeProtocol[];
  /** A longer body (decompressed) fails the scrape. Default 0: no limit but the thread's memory. */
  bodySizeLimitBytes?: number;
  /** More samples after metric relabelling fail the scrape. Default 0: no limit. */
  sampleLimit?: number;
  /** More targets of a job after relabelling fail its scrapes. Default 0: no limit. */
  targetLimit?: number;
  /** More labels of a series after metric relabelling fail the scrape. Default 0: no limit. */
  labelLimit?: number;
  /** In bytes; a longer label name fails the scrape. Default 0: no limit. */
  labelNameLengthLimit?: number;
  /** In bytes; a longer label value fails the scrape. Default 0: no limit. */
  labelValueLengthLimit?: number;
  /** Dropped targets of a job that are kept to be shown. Default 0: no limit. */
  keepDroppedTargets?: number;
  /** Names that are valid: any UTF-8 (default), or letters, digits, `_` and `:` alone. */
  metricNameValidationScheme?: 'utf8' | 'legacy';
  /** How targets are asked to write names. Default `allow-utf-8`; with `legacy` names `underscores`. */
  metricNameEscapingScheme?: 'allow-utf-8' | 'underscores' | 'dots' | 'values';
  /** Take native histograms, and ask for protobuf first, which carries them. Default false. */
  scrapeNativeHistograms?: boolean;
  /** Classic histograms become native ones with custom buckets. Default false. */
  convertClassicHistogramsToNhcb?: boolean;
  /** Take the classic form of a histogram that is native, too. Default false. */
  alwaysScrapeClassicHistograms?: boolean;
  /** `scrape_timeout_seconds`, `scrape_sample_limit` and `scrape_body_size_bytes` for each target. Default false. */
  extraScrapeMetrics?: boolean;
  /** File that failed scrapes are written to, relative to the working directory. Default: none. */
  scrapeFailureLogFile?: string;
}

export interface GlobalOptions extends SharedScrapeOptions {
  /** Means nothing to an agent: there are no rules. */
  evaluationIntervalMs?: number;
  /** Means nothing to an agent: there are no rules. */
  ruleQueryOffsetMs?: number;
  /** Means nothing to an agent: there are no queries. */
  queryLogFile?: string;
  /** Labels of everything that is sent; `${NAME}` is taken from the environment, `$$` is `$`. */
  externalLabels?: Record<string, string>;
}

/** One job. */
export interface ScrapeConfigOptions extends SharedScrapeOptions, HttpClientOptions {
  /** Unique; the label `job` of its targets. */
  jobName: string;
  /** Format of a body whose Content-Type is missing or unknown. Default: such a scrape fails. */
  fallbackScrapeProtocol?: ScrapeProtocol;
  /** Default `/metrics`. */
  metricsPath?: string;
  /** `http` (default) or `https`. */
  scheme?: string;
  /** Query parameters. */
  params?: Record<string, string[]>;
  /** Labels of the exporter win over labels of the target (default false: they become `exported_*`). */
  honorLabels?: boolean;
  /** Keep timestamps of the exporter. Default true. */
  honorTimestamps?: boolean;
  /** Ask for gzip. Default true. */
  enableCompression?: boolean;
  /** Markers when series with timestamps of their own vanish, too. Default false. */
  trackTimestampsStaleness?: boolean;
  /** Buckets of one native histogram; beyond, its resolution is halved, then the scrape fails. Default 0: no limit. */
  nativeHistogramBucketLimit?: number;
  /** Least growth factor between the buckets of a native histogram. Default 0: as exposed. */
  nativeHistogramMinBucketFactor?: number;
  /** Rules for targets, before the scrape. */
  relabelConfigs?: RelabelOptions[];
  /** Rules for samples, after the scrape. */
  metricRelabelConfigs?: RelabelOptions[];
  /** Targets that are listed here. */
  staticConfigs?: StaticConfigOptions[];
  /** Targets from files, read again when they change. */
  fileSdConfigs?: FileDiscoveryOptions[];
  /** Targets from URLs that answer with JSON. */
  httpSdConfigs?: HttpDiscoveryOptions[];
  /** Targets from DNS records. */
  dnsSdConfigs?: DnsDiscoveryOptions[];
  /** Targets from Consul's catalog. */
  consulSdConfigs?: ConsulDiscoveryOptions[];
  /** Targets from ZooKeeper, as Finagle and Aurora announce them. */
  serversetSdConfigs?: ZooKeeperDiscoveryOptions[];
  /** Targets from ZooKeeper, as Airbnb's Nerve announces them. */
  nerveSdConfigs?: ZooKeeperDiscoveryOptions[];
}
