import type { HostOptions } from '../agent-api.js';
import type { ScrapeProtocol } from '../exposition/content-type.js';
import type { RelabelAction } from '../relabel/rule.js';
import type {
  ConsulDiscoveryOptions,
  DnsDiscoveryOptions,
  FileDiscoveryOptions,
  HttpDiscoveryOptions,
  StaticConfigOptions,
  ZooKeeperDiscoveryOptions,
} from './discovery-options.js';
import type { HttpClientOptions, TlsOptions } from './http-client-options.js';

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
export interface RemoteWriteBlockOptions extends HttpClientOptions {
  /** Absolute, `http://` or `https://`. */
  url: string;
  /** Label of its metrics and logs. Default: the URL without credentials and query. */
  name?: string;
  /** Of one request. Default 30000 (30s). */
  remoteTimeoutMs?: number;
  /** Headers of every request. */
  headers?: Record<string, string>;
  /** Applied to every series before it is queued, external labels included. */
  writeRelabelConfigs?: RelabelOptions[];
  /** What waits to be sent, and how it is sent. */
  queueConfig?: QueueConfigOptions;
  /** How HELP, TYPE and UNIT lines are sent. */
  metadataConfig?: MetadataOptions;
  /** Send exemplars; without it they are left out. Default false. */
  sendExemplars?: boolean;
  /** Send native histograms; without it they are left out. Default false. */
  sendNativeHistograms?: boolean;
  /**
   * Remote write 1.0 or 2.0. A receiver that does not know 2.0 gets 1.0 after its first answer. Default
   * `prometheus.WriteRequest`, 1.0.
   */
  protobufMessage?: 'prometheus.WriteRequest' | 'io.prometheus.write.v2.Request';
  /** Connect to one of the host's addresses at random instead of the first that answers. Default false. */
  roundRobinDns?: boolean;
  /** Not supported yet. Default false. */
  failedRequestLogging?: false;
}

/** A Kafka cluster. Needs kafkajs 2.2.4 beside the service. */
export interface KafkaWriteBlockOptions {
  /** Label of its metrics and logs. Default: the brokers and the topic. */
  name?: string;
  /** `host:port` of some of the brokers; the others are learned from them. */
  brokers: string[];
  /** May hold labels of the target: `metrics-{{job}}`. It must be there: nothing creates it. */
  topic: string;
  /** What the value of a message holds. Default `remote_write`: a request of remote write 1.0. */
  format?: 'remote_write' | 'remote_write_v2' | 'jsonl' | 'text';
  /** Of the batches. Default `none`: `remote_write` is compressed in itself. */
  compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  /** Default `prom-agent`. */
  clientId?: string;
  /** Default: no authentication. */
  sasl?: SaslOptions;
  /** TLS, when it is given; `{}` for what the system trusts. */
  tlsConfig?: TlsOptions;
  /** Longest a message waits for company. Default 100 (100ms). */
  lingerMs?: number;
  /** Until a broker is connected, with TLS and SASL. Default 10000 (10s). */
  connectTimeoutMs?: number;
  /** Of one request. Default 30000 (30s). */
  requestTimeoutMs?: number;
  /** First pause before a retry; it doubles. Default 100 (100ms). */
  minBackoffMs?: number;
  /** Longest pause before a retry. Default 10000 (10s). */
  maxBackoffMs?: number;
  /** Default true. */
  sendExemplars?: boolean;
  /** Default true. */
  sendNativeHistograms?: boolean;
  /** Applied to every series before it is queued, external labels included. */
  writeRelabelConfigs?: RelabelOptions[];
}

export interface SaslOptions {
  /** `plain`, `scram-sha-256`, `scram-sha-512` or `oauthbearer`. */
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'oauthbearer';
  /** Not with `oauthbearer`. */
  username?: string;
  /** Not with `oauthbearer`. */
  password?: string;
  /** Read again for each connection. */
  passwordFile?: string;
  /** Of `oauthbearer`. */
  token?: string;
  /** Read again for each connection. */
  tokenFile?: string;
}

export interface MetadataOptions {
  /** Default true. */
  send?: boolean;
  /** Of 1.0, apart from samples. Default 60000 (1m). 2.0 has type and unit beside every sample. */
  sendIntervalMs?: number;
  /** Families of one request of 1.0. Default 2000. */
  maxSamplesPerSend?: number;
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
  /** Send again what was answered by 429 (Too Many Requests). Default true; Prometheus: false. */
  retryOnHttp429?: boolean;
  /** Shards from the start. Default 1. */
  minShards?: number;
  /** A batch whose samples are all older is dropped rather than sent again. Default 0: no limit. */
  sampleAgeLimitMs?: number;
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
