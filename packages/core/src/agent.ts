import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type {
  Agent,
  AgentSummary,
  ExpositionResponse,
  MetricsRequest,
  OwnedTarget,
  SelfAddress,
} from './agent-api.js';
import { type Clock, type ClockTimer, systemClock } from './clock.js';
import type { AgentConfig } from './config/agent-config.js';
import type { AgentOptions } from './config/agent-options.js';
import { resolveConfig } from './config/resolve-config.js';
import { DiscoveryManager } from './discovery/discovery-manager.js';
import { PromAgentError } from './errors.js';
import { federationResponse } from './http/federate/federation-response.js';
import { metricsResponse } from './http/metrics-endpoint.js';
import { type Logger, silentLogger } from './logger.js';
import { OwnedTargets } from './pool/owned-targets.js';
import { StaticMembership } from './pool/static-membership.js';
import { ScrapePool } from './scrape/scrape-pool.js';
import type { TargetPlan } from './scrape/target-plan.js';
import { createAgentMetrics } from './self/agent-metrics.js';
import { createRegistry } from './self/create-registry.js';
import { ownUrls } from './self/own-urls.js';
import { registerMetric, unregisterMetric } from './self/register-metric.js';
import type { RegistryLike, RegistryMetric } from './self/registry.js';
import { RegistryRenderer } from './self/registry-renderer.js';
import { SelfScrape } from './self-scrape.js';
import type { Target } from './targets/target.js';
import { TargetBuilds } from './targets/target-builds.js';
import type { TargetChanges } from './targets/target-changes.js';
import { targetPhaseMs } from './targets/target-phase.js';
import { version } from './version.js';

const defaultCloseDeadlineMs = 10_000;
/** Discoveries only have files and timers to let go of. */
const discoveryCloseMs = 1_000;

/**
 * Makes an agent from options or a prometheus.yml; nothing runs before `start()`.
 * @throws PromAgentError CONFIG_UNREADABLE, CONFIG_INVALID, REGISTRY_MISSING, REGISTRY_CONFLICT
 */
export async function createAgent(options: AgentOptions = {}): Promise<Agent> {
  const { defaultThreads = 1 } = options;
  const config = await resolveConfig(options, { defaultThreads });
  const registry = options.registry ?? (await createRegistry(options.defaultMetrics ?? true));
  return new ComposedAgent(options, config, registry);
}

/** The composition root: the one file of the main thread that knows all parts. */
class ComposedAgent implements Agent {
  readonly registry: RegistryLike;
  readonly config: AgentConfig;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #scrapePool: ScrapePool;
  readonly #owned: OwnedTargets;
  readonly #builds: TargetBuilds;
  readonly #metrics: readonly RegistryMetric[];
  readonly #renderer: RegistryRenderer;
  readonly #discovery: DiscoveryManager;
  readonly #self: SelfScrape | undefined;
  readonly #stop = new AbortController();
  #discovering: Promise<void> | undefined;
  #started: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: AgentOptions, config: AgentConfig, registry: RegistryLike) {
    this.registry = registry;
    this.config = config;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#renderer = new RegistryRenderer(registry, this.#clock, this.#logger);
    this.#scrapePool = this.#createScrapePool(options);
    this.#owned = new OwnedTargets(config.pool && new StaticMembership(config.pool));
    this.#builds = new TargetBuilds({
      clock: this.#clock,
      logger: this.#logger,
      onChanges: (_job, changes) => this.#apply(this.#owned.change(changes)),
    });
    for (const scrapeConfig of config.scrapeConfigs) this.#builds.setJob(scrapeConfig);
    this.#discovery = this.#createDiscovery();
    this.#self = this.#createSelf(options.serviceName);
    this.#metrics = this.#registerMetrics();
    this.#sayWhatIsNotUsed();
  }

  start(options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#closed !== undefined) {
      return Promise.reject(new PromAgentError('CLOSED', 'the agent was closed: create a new one'));
    }
    this.#started ??= this.#start(options.signal);
    return this.#started;
  }

  close(options: { deadlineMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(options.deadlineMs ?? defaultCloseDeadlineMs);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async metrics(request: MetricsRequest = {}): Promise<ExpositionResponse> {
    return metricsResponse(this.#renderer, request);
  }

  async federate(match: readonly string[]): Promise<ExpositionResponse> {
    const { nowMs } = this.#clock;
    return federationResponse(match, (checked) => this.#scrapePool.federate(checked, nowMs()));
  }

  targets(): readonly OwnedTarget[] {
    const owned = this.#self === undefined ? [] : [this.#self.target];
    for (const target of this.#owned.values()) owned.push(target);
    return owned.map((target) => ({ target, status: this.#scrapePool.status(target.id) }));
  }

  summary(): AgentSummary {
    const targets = this.targets();
    const { counters, outputs } = this.#scrapePool.totals.sum();
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    return {
      targets: targets.length,
      targetsUp: targets.filter(({ status }) => status.health === 'up').length,
      series: counters.series,
      scrapes: counters.scrapes,
      scrapesFailed: sum(Object.values(counters.scrapesFailed)),
      samplesScraped: counters.samplesScraped,
      samplesSent: sum(outputs.map((output) => output.samplesSent)),
      samplesDropped: sum(outputs.flatMap((output) => Object.values(output.samplesDropped))),
    };
  }

  setSelfAddress({ host, port, path }: SelfAddress): void {
    if (this.#self === undefined) return;
    const isWildcard = host === '' || host === '0.0.0.0' || host === '::';
    this.#self.setInstance(`${isWildcard ? hostname() : host}:${port}`);
    this.#apply(this.#owned.setOwnUrls(ownUrls(port, path)));
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await this.#scrapePool.start();
    const jobs = this.config.scrapeConfigs.map(({ job }) => ({ key: job.name, job }));
    this.#scrapePool.setJobs(this.#self === undefined ? jobs : [...jobs, this.#self.job]);
    this.#self?.start();
    this.#discovering = this.#discovery.run(this.#stop.signal);
    await this.#discovery.ready(signal);
    await this.#builds.idle();
  }

  /** The walk's order: no new targets, then no new scrapes, then what is queued goes out. */
  async #close(deadlineMs: number): Promise<void> {
    this.#stop.abort();
    await this.#started?.catch(() => {});
    // A discovery may hang in a read of a dead network mount: close() does not wait for that.
    await withinMs(this.#clock, discoveryCloseMs, this.#discovering);
    this.#self?.close();
    await this.#scrapePool.close(deadlineMs);
    for (const metric of this.#metrics) unregisterMetric(this.registry, metric);
  }

  #createScrapePool(options: AgentOptions): ScrapePool {
    const { agent, externalLabels, remoteWrites } = this.config;
    return new ScrapePool({
      threads: agent.threads,
      threadFile: threadFile(options.threadFile),
      boot: {
        externalLabels,
        remoteWrites,
        threadMemoryBytes: agent.threadMemoryBytes,
        userAgent: `prom-agent/${version}`,
        allowLinkLocalRedirects: agent.allowLinkLocalRedirects,
        fileLock: new SharedArrayBuffer(4),
      },
      clock: this.#clock,
      logger: this.#logger,
    });
  }

  #createDiscovery(): DiscoveryManager {
    return new DiscoveryManager({
      jobs: this.config.scrapeConfigs.map(({ job, discoveries }) => ({
        job: job.name,
        discoveries,
      })),
      clock: this.#clock,
      logger: this.#logger,
      onGroups: (job, groups) => this.#builds.setGroups(job, groups),
    });
  }

  #apply({ added, removed, replanned }: TargetChanges): void {
    if (added.length + removed.length + replanned.length === 0) return;
    // A replanned target is added over itself: its thread goes on with its series on the new grid.
    const gone = removed.map(({ id }) => ({ id, end: 'gone' as const }));
    this.#scrapePool.changeTargets([...added, ...replanned].map(planOf), gone);
  }

  #jobNames(): string[] {
    return this.config.scrapeConfigs.map(({ job }) => job.name);
  }

  #createSelf(serviceName: string | undefined): SelfScrape | undefined {
    const { agent, remoteWrites } = this.config;
    if (!agent.self.enabled || remoteWrites.length === 0) return undefined;
    return new SelfScrape({
      block: agent.self,
      serviceName,
      renderer: this.#renderer,
      clock: this.#clock,
      scrapePool: this.#scrapePool,
    });
  }

  #registerMetrics(): RegistryMetric[] {
    const totals = this.#scrapePool.totals;
    const metrics = createAgentMetrics({
      version,
      targetsByJob: () => this.#owned.countByJob(this.#jobNames()),
      droppedByJob: () => this.#builds.droppedCounts(),
      discoveryFailing: () => this.#discovery.failing(),
      discoveredTargets: () => this.#discovery.discoveredTargets(),
      discoveryCounters: () => this.#discovery.counters,
      threadRestarts: () => this.#scrapePool.threadRestarts,
      threadMemoryBytes: () => totals.memoryBytes(),
      counters: () => totals.sum().counters,
      outputs: () => totals.sum().outputs,
      collectFailures: () => this.#renderer.failures,
    });
    const advice = 'rename it, or give prom-agent a registry of its own';
    for (const metric of metrics) registerMetric(this.registry, metric, advice);
    return metrics;
  }

  #sayWhatIsNotUsed(): void {
    const { unusedSections, emptyVariables, file } = this.config;
    if (unusedSections.length > 0) {
      const words = 'these sections of the configuration mean nothing to an agent and are not used';
      this.#logger.info({ file, sections: unusedSections }, words);
    }
    if (emptyVariables.length > 0) {
      const words = 'external_labels name variables that the environment leaves empty';
      this.#logger.warn({ file, variables: emptyVariables }, words);
    }
  }
}

function planOf(target: Target): TargetPlan {
  const { id, job, url, labels, intervalMs, timeoutMs, histograms } = target;
  return {
    id,
    job,
    url,
    labels: [...labels],
    intervalMs,
    timeoutMs,
    phaseMs: targetPhaseMs(id, intervalMs),
    source: 'http',
    histograms,
  };
}

/** Tests and TypeScript loaders run this file as source; a thread always runs the built one. */
function threadFile(given: URL | string | undefined): string {
  if (typeof given === 'string') return given;
  const isSource = import.meta.url.endsWith('.ts');
  const beside = isSource ? '../dist/scrape/thread-entry.js' : './scrape/thread-entry.js';
  return fileURLToPath(given ?? new URL(beside, import.meta.url));
}

/** Resolves with the promise or, at the latest, when the time is over. */
async function withinMs(clock: Clock, ms: number, promise: Promise<void> | undefined) {
  let timer: ClockTimer | undefined;
  const over = new Promise<void>((resolve) => {
    timer = clock.setTimer(ms, resolve);
  });
  await Promise.race([promise, over]);
  timer?.cancel();
}
