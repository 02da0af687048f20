import type { HostOptions } from '../agent-api.js';
import type { ScrapeProtocol } from '../exposition/content-type.js';
import type { RelabelAction } from '../relabel/rule.js';

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
  /** The jobs. Default: none; the service's own registry is delivered all the same. */
  scrapeConfigs?: ScrapeConfigOptions[];
  /** Where the samples go. */
  remoteWrite?: RemoteWriteBlockOptions[];
  /** How the agent works inside its process. */
  agent?: AgentBlockOptions;
  /** Which part of the targets is this member's. Default: all of them. */
  pool?: PoolOptions;
}

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
}

export interface GlobalOptions extends SharedScrapeOptions {
  /** Labels of everything that is sent; `${NAME}` is taken from the environment, `$$` is `$`. */
  externalLabels?: Record<string, string>;
}

/** One job. */
export interface ScrapeConfigOptions extends SharedScrapeOptions {
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
  /** Default true. */
  followRedirects?: boolean;
  /** Rules for targets, before the scrape. */
  relabelConfigs?: RelabelOptions[];
  /** Rules for samples, after the scrape. */
  metricRelabelConfigs?: RelabelOptions[];
  /** Targets that are listed here. */
  staticConfigs?: StaticConfigOptions[];
  /** Targets from files, read again when they change. */
  fileSdConfigs?: FileDiscoveryOptions[];
}

export interface StaticConfigOptions {
  /** `host:port` each. */
  targets: string[];
  /** Labels of all of them. */
  labels?: Record<string, string>;
}

export interface FileDiscoveryOptions {
  /** Paths of .json, .yml or .yaml files, relative to the working directory; the last part may hold `*`. */
  files: string[];
  /** Files are read again at least this often. Default 300000 (5m). */
  refreshIntervalMs?: number;
}

/** A relabelling rule. */
export interface RelabelOptions {
  /** Their values, joined by `separator`, are what `regex` is matched with. Default: none. */
  sourceLabels?: string[];
  /** Default `;`. */
  separator?: string;
  /** RE2 syntax, matched with the whole value. Default `(.*)`. */
  regex?: string;
  /** Divisor of `hashmod`. */
  modulus?: number;
  /** The label the action writes or compares with; may hold `$1` for `replace`. */
  targetLabel?: string;
  /** May hold `$1` or `${name}`. Default `$1`. */
  replacement?: string;
  /** Default `replace`. */
  action?: RelabelAction;
}

/** A Prometheus remote-write endpoint. */
export interface RemoteWriteBlockOptions {
  url: string;
  /** Label of its metrics and logs. Default: the URL without credentials and query. */
  name?: string;
  /** Of one request. Default 30000 (30s). */
  remoteTimeoutMs?: number;
  /** Headers of every request. */
  headers?: Record<string, string>;
  queueConfig?: QueueConfigOptions;
}

export interface QueueConfigOptions {
  /** Samples kept in memory per shard; the oldest go beyond. Default 10000. */
  capacity?: number;
  /** Requests in flight at most. Default 50. */
  maxShards?: number;
  /** Default 2000. */
  maxSamplesPerSend?: number;
  /** Longest a sample waits for company. Default 5000 (5s). */
  batchSendDeadlineMs?: number;
  /** First pause before a retry; it doubles. Default 30. */
  minBackoffMs?: number;
  /** Longest pause before a retry. Default 5000 (5s). */
  maxBackoffMs?: number;
  /** Send again what was answered by 429 (Too Many Requests). Default true. */
  retryOnHttp429?: boolean;
}

export interface AgentBlockOptions {
  /** Scrape threads; 0 runs everything on the host's thread. Default 1. */
  threads?: number;
  /** Bodies, series and queues of one thread; at least 16 MiB. Default 536870912 (512 MiB). */
  threadMemoryBytes?: number;
  /** How the service's own registry appears as a target. */
  self?: SelfOptions;
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
}

export interface PoolOptions {
  /** Default `default`. */
  name?: string;
  /** How members find each other. */
  engine: 'static';
  /** This is member `member` (from 0) of `members`. */
  static: { member: number; members: number };
}
