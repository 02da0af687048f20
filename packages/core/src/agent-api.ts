import type { AgentBlock, PoolBlock } from './config/agent-config.js';
import type { AgentOptions } from './config/agent-options.js';
import type { Labels } from './model/labels.js';
import type { OutputStatus } from './outputs/output.js';
import type { OwnPushResult } from './push/push-own-registry.js';
import type { RelabelStep } from './relabel/relabel-steps.js';
import type { RegistryLike } from './self/registry.js';
import type { ScrapedNow } from './targets/scraped-now.js';
import type { DroppedTarget, Target } from './targets/target.js';
import type { TargetStatus } from './targets/target-status.js';

/** A request for the agent's own metrics; all fields come from the HTTP request. */
export interface MetricsRequest {
  /** The Accept header. */
  accept?: string | undefined;
  /** The Accept-Encoding header. */
  acceptEncoding?: string | undefined;
  /** Only these metrics, by family or sample name: the `name[]` of the query. Default: all. */
  names?: readonly string[] | undefined;
}

/**
 * A response to be streamed: `body` yields when the reader is ready for more. Its chunks are the
 * reader's to keep; one that has written them may give them back (`recycleChunk`).
 */
export interface ExpositionResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** A target with what its thread last said of it. */
export interface OwnedTarget {
  readonly target: Target;
  readonly status: TargetStatus;
}

/** One line's worth of what the agent does. */
export interface AgentSummary {
  readonly targets: number;
  readonly targetsUp: number;
  readonly series: number;
  /** Totals since the start. */
  readonly scrapes: number;
  readonly scrapesFailed: number;
  readonly samplesScraped: number;
  readonly samplesSent: number;
  readonly samplesDropped: number;
}

/** Where a service serves its metrics. */
export interface SelfAddress {
  /** As others reach it; a wildcard address (0.0.0.0, ::) becomes the machine's name. */
  host: string;
  port: number;
  /** Path of the metrics endpoint. */
  path: string;
}

/** The agent: `createAgent(options)` makes it, `start` sets it to work, `close` releases everything. */
export interface Agent {
  /** The app's registry, or the agent's own when none was given. */
  readonly registry: RegistryLike;
  /** Resolves when the threads run and the first discovery of each job has answered. */
  start(options?: { signal?: AbortSignal }): Promise<void>;
  /** Idempotent. Finishes scrapes, drains the outputs until the deadline (default 10 s), frees all. */
  close(options?: { deadlineMs?: number }): Promise<void>;
  /**
   * Pushes the registry now to each Pushgateway of `pushgateway_write` with `source: self`, beside
   * the grid, and resolves when each has it, has refused it or the deadline (default 5 s) is over. The
   * agent need not have been started: for a job that ends before its first tick.
   * @throws PromAgentError CLOSED
   */
  pushOnce(options?: { deadlineMs?: number }): Promise<readonly OwnPushResult[]>;
  /** The registry as an exposition. */
  metrics(request?: MetricsRequest): Promise<ExpositionResponse>;
  /** The last samples of the scraped targets, as Prometheus' /federate; `match` are its `match[]`. */
  federate(
    match: readonly string[],
    request?: Pick<MetricsRequest, 'accept'>,
  ): Promise<ExpositionResponse>;
  /** The targets this agent owns. */
  targets(): readonly OwnedTarget[];
  /**
   * Scrapes a target on demand, beside its ticks: what it answered and what the parser says of it.
   * Nothing of it goes to an output. Never rejects; undefined where there is no such target.
   */
  scrapeNow(targetId: string): Promise<ScrapedNow | undefined>;
  summary(): AgentSummary;
  /** What each output has sent, dropped and has waiting, over all threads; at most a second old. */
  outputs(): readonly OutputStatus[];
  /** Names of the jobs, in the order of the configuration. */
  jobs(): readonly string[];
  /**
   * What is found for a job and not scraped, with the reason: the first `keep_dropped_targets` of
   * them, 10000 where that is not set.
   */
  droppedTargets(job: string): readonly DroppedTarget[];
  /** How many there are, by job; those that are not kept too. */
  droppedTargetCounts(): ReadonlyMap<string, number>;
  /** What the relabel_configs of a job make of labels, rule by rule; undefined: no such job. */
  relabelSteps(job: string, labels: Labels): readonly RelabelStep[] | undefined;
  /**
   * Reads the configuration again, from its file or from the given options, and takes over what
   * changed: targets that stay as they are keep their grid, sockets and series. Options take the
   * place of those the agent was made with; a registry, logger or clock among them is not used.
   * Resolves when it is in effect; new discoveries may not have answered yet.
   * @throws PromAgentError CONFIG_UNREADABLE, CONFIG_INVALID: nothing has changed then. CLOSED.
   */
  reload(options?: AgentOptions): Promise<void>;
  /** The configuration in effect, secrets as `<secret>`. */
  configYaml(): string;
  /** Of the configuration's files as they are now; another one asks for a reload. Undefined: no file. */
  configChecksum(): Promise<string | undefined>;
  /**
   * Says where the service listens: its `host:port` becomes the default of `agent.self.instance`, and
   * a discovered target with this URL is left out, for the registry is a target by itself.
   */
  setSelfAddress(address: SelfAddress): void;
  readonly config: { readonly agent: AgentBlock; readonly pool: PoolBlock | undefined };
  [Symbol.asyncDispose](): Promise<void>;
}
