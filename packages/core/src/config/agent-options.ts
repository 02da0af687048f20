import type { HostOptions } from './host-options.js';
import type {
  KafkaWriteBlockOptions,
  PushgatewayWriteBlockOptions,
  RemoteWriteBlockOptions,
} from './output-options.js';
import type { GlobalOptions, ScrapeConfigOptions } from './scrape-options.js';

/**
 * Options of an agent: either `configFile` or the blocks of a prometheus.yml inline, in camelCase and
 * with units in the names of numbers. With `configFile`, only `agent` and `pool` may stand beside it;
 * their fields then win over those of the file.
 */
export interface AgentOptions extends HostOptions {
  /** Path of a prometheus.yml, relative to the working directory. */
  configFile?: string;
  /** Defaults of all jobs. */
  global?: GlobalOptions;
  /** YAML files with more `scrape_configs`, relative to the working directory; the last part may hold `*`. */
  scrapeConfigFiles?: string[];
  /** The jobs. Default: none; the service's own registry is delivered all the same. */
  scrapeConfigs?: ScrapeConfigOptions[];
  /** Where the samples go. */
  remoteWrite?: RemoteWriteBlockOptions[];
  /** Kafka topics the samples go to, one message a scrape. */
  kafkaWrite?: KafkaWriteBlockOptions[];
  /** Pushgateways that the service's own metrics, or the scraped targets, are pushed to. */
  pushgatewayWrite?: PushgatewayWriteBlockOptions[];
  /** How the agent works inside its process. */
  agent?: AgentBlockOptions;
  /** Which part of the targets is this member's. Default: all of them. */
  pool?: PoolOptions;
}

export interface AgentBlockOptions {
  /** Scrape threads; 0 runs everything on the host's thread. Default 1. */
  threads?: number;
  /** Bodies, series and queues of one thread; at least 16 MiB. Default 536870912 (512 MiB). */
  threadMemoryBytes?: number;
  /** Series of all targets; new ones beyond it are not passed on. Default 0: no limit. */
  seriesLimit?: number;
  /** The same, of the targets of one job. Default 0: no limit. */
  jobSeriesLimit?: number;
  /** The same, of one target; adds the `scrape_series_limit` family to its series. Default 0: no limit. */
  targetSeriesLimit?: number;
  /** Follow redirects of targets into 169.254.0.0/16 or fe80::/10, where clouds keep credentials. Default false. */
  allowLinkLocalRedirects?: boolean;
  /** How the service's own registry appears as a target. */
  self?: SelfOptions;
  /** What waits to be sent, kept on the disk: it survives a crash and a restart. */
  queue?: QueueOptions;
}

export interface QueueOptions {
  /** Directory, relative to the file of the configuration or the working directory. Default: that of `--storage.path`; without either, queues are in memory alone. */
  path?: string;
  /** Of each output, over all threads; the oldest are dropped beyond. At least 1 MiB. Default 1073741824 (1 GiB). */
  maxBytes?: number;
  /** What waits for longer is dropped. Default 86400000 (1d). */
  maxAgeMs?: number;
  /** `per_series` (default): each series in order of time. `newest_first`: fresh samples first, the backlog beside them; for receivers that take old samples. */
  order?: 'per_series' | 'newest_first';
  /** When the disk is told to keep what was written, for a loss of power: `none`, each second (`interval`, default) or before each scrape is done (`always`). A crash of the process alone loses at most the last second with each of them. */
  fsync?: 'none' | 'interval' | 'always';
}

export interface SelfOptions {
  /** Deliver the service's own metrics. Default true. */
  enabled?: boolean;
  /** Default: the name in the service's package.json, else `prom-agent`. */
  job?: string;
  /** Default: `hostname:port` of the server it is served by, else the host's name. */
  instance?: string;
  /** Default: `global.scrapeIntervalMs`. */
  intervalMs?: number;
  /** Deliver its native histograms as such. Default: `global.scrapeNativeHistograms`. */
  scrapeNativeHistograms?: boolean;
  /** The classic form of those, too. Default: `global.alwaysScrapeClassicHistograms`. */
  alwaysScrapeClassicHistograms?: boolean;
}

export interface PoolOptions {
  /** Of the pool. Default `default`. */
  name?: string;
  /** How members find each other. */
  engine: 'static';
  /** Which member this is. */
  static: StaticPoolOptions;
}

export interface StaticPoolOptions {
  /** This member, from 0. */
  member: number;
  /** How many there are. */
  members: number;
}
