import type { ConsulDiscoveryConfig } from '../discovery/consul/consul-discovery-config.js';
import type { DnsDiscoveryConfig } from '../discovery/dns/dns-discovery-config.js';
import type { HttpDiscoveryConfig } from '../discovery/http/http-discovery-config.js';
import type {
  NerveDiscoveryConfig,
  ServersetDiscoveryConfig,
} from '../discovery/zookeeper/zookeeper-discovery-config.js';
import type { ScrapeProtocol } from '../exposition/content-type.js';
import type { KafkaWriteOptions } from '../outputs/kafka/kafka-options.js';
import type { PushgatewayWriteOptions } from '../outputs/pushgateway/pushgateway-options.js';
import type { DurableQueueOptions } from '../outputs/queue/queue-options.js';
import type { RemoteWriteOptions } from '../outputs/remote-write/remote-write-options.js';
import type { RelabelRule } from '../relabel/rule.js';
import type { NameEscaping, NameValidation, ScrapeJob } from '../targets/scrape-job.js';
import type { Position } from './problems/config-problem.js';

/**
 * The whole configuration after checking, defaults and inheritance from `global`: what both a
 * prometheus.yml and the TypeScript options become. Plain data, immutable.
 */
export interface AgentConfig {
  /** Where it came from, for messages; undefined for inline options. */
  readonly file: string | undefined;
  /** What jobs inherited; they hold the outcome themselves. */
  readonly scrapeDefaults: ScrapeDefaults;
  readonly externalLabels: Readonly<Record<string, string>>;
  /** `scrape_config_files`: absolute paths whose last part may be a pattern. */
  readonly scrapeConfigFiles: readonly string[];
  /** Files that matched them, in the order they were read. */
  readonly includedFiles: readonly string[];
  /** Those of the main file, then those of `scrape_config_files`. */
  readonly scrapeConfigs: readonly ScrapeConfig[];
  readonly remoteWrites: readonly RemoteWriteOptions[];
  readonly kafkaWrites: readonly KafkaWriteOptions[];
  readonly pushgatewayWrites: readonly PushgatewayWriteOptions[];
  readonly agent: AgentBlock;
  readonly pool: PoolBlock | undefined;
  /**
   * Sections that are Prometheus' but mean nothing to an agent (`rule_files`,
   * `global.evaluation_interval`); named once in the log.
   */
  readonly unusedSections: readonly UnusedSection[];
  /** Variables in external_labels that the environment leaves empty; named once in the log. */
  readonly emptyVariables: readonly string[];
}

export interface UnusedSection {
  readonly name: string;
  /** Of its name; undefined in options. */
  readonly place: Position | undefined;
}

/** What jobs inherit from `global`, Prometheus' defaults filled in. */
export interface ScrapeDefaults {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Undefined: up to the job, by whether it takes native histograms. */
  readonly protocols: readonly ScrapeProtocol[] | undefined;
  readonly bodySizeLimitBytes: number;
  readonly sampleLimit: number;
  readonly targetLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  readonly keepDroppedTargets: number;
  readonly nameValidation: NameValidation;
  readonly nameEscaping: NameEscaping;
  readonly scrapeNativeHistograms: boolean;
  readonly convertClassicHistogramsToNhcb: boolean;
  readonly alwaysScrapeClassicHistograms: boolean;
  readonly extraScrapeMetrics: boolean;
  readonly scrapeFailureLogFile: string | undefined;
}

/** One `scrape_configs` entry. */
export interface ScrapeConfig {
  /** The file of `scrape_config_files` it stands in; undefined: the main file, or the options. */
  readonly file: string | undefined;
  /** The part that works in the scrape threads. */
  readonly job: ScrapeJob;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly scheme: string;
  readonly metricsPath: string;
  readonly params: Readonly<Record<string, readonly string[]>>;
  /** Targets left after relabelling; more fail the scrapes of the job. 0: no limit. */
  readonly targetLimit: number;
  /** Dropped targets that are remembered, to be shown. 0: no limit. */
  readonly keepDroppedTargets: number;
  readonly relabelRules: readonly RelabelRule[];
  readonly discoveries: readonly DiscoveryConfig[];
}

/** One discovery of a job, by kind. */
export type DiscoveryConfig =
  | { readonly kind: 'static'; readonly groups: readonly StaticGroup[] }
  | {
      readonly kind: 'file';
      /** Absolute paths; the last segment may hold `*`. */
      readonly files: readonly string[];
      readonly refreshIntervalMs: number;
    }
  | HttpDiscoveryConfig
  | ConsulDiscoveryConfig
  | DnsDiscoveryConfig
  | ServersetDiscoveryConfig
  | NerveDiscoveryConfig;

export interface StaticGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** The `agent:` block. */
export interface AgentBlock {
  /** Scrape threads; 0 runs the same code on the host's thread. Default 1 (worker: min(cores, 4)). */
  readonly threads: number;
  /** Bodies, series and queues of one thread. Default 512 MiB. */
  readonly threadMemoryBytes: number;
  /** Series of all targets; new ones beyond it are not passed on. 0: no limit. */
  readonly seriesLimit: number;
  /** The same, of the targets of one job. */
  readonly jobSeriesLimit: number;
  /** The same, of one target. */
  readonly targetSeriesLimit: number;
  /** Follow a redirect of a target into 169.254.0.0/16 or fe80::/10, where clouds keep credentials. Default false. */
  readonly allowLinkLocalRedirects: boolean;
  readonly self: SelfBlock;
  /** Undefined: queues are in memory alone. */
  readonly queue: DurableQueueOptions | undefined;
}

/** How the service's own registry appears as a target. */
export interface SelfBlock {
  readonly enabled: boolean;
  /** Default: the name in the service's package.json, else `prom-agent`. */
  readonly job: string | undefined;
  /** Default: `host:port` of the server it is served by; the host's name if none listens in 10 s. */
  readonly instance: string | undefined;
  /** Default: `global.scrape_interval`. */
  readonly intervalMs: number;
  /** Default: `global.scrape_native_histograms`. */
  readonly scrapeNativeHistograms: boolean;
  /** Default: `global.always_scrape_classic_histograms`. */
  readonly alwaysScrapeClassicHistograms: boolean;
}

/** The `pool:` block. Only the `static` engine so far: member `member` (from 0) of `members`. */
export interface PoolBlock {
  readonly name: string;
  readonly engine: 'static';
  readonly static: { readonly member: number; readonly members: number };
}
