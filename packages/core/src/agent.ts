import { hostname } from 'node:os';
import type {
  Agent,
  AgentSummary,
  ExpositionResponse,
  MetricsRequest,
  OwnedTarget,
  SelfAddress,
} from './agent-api.js';
import { type Clock, systemClock, withinMs } from './clock.js';
import type { AgentConfig } from './config/agent-config.js';
import type { AgentOptions } from './config/agent-options.js';
import { resolveConfig } from './config/resolve-config.js';
import { configYaml } from './config/show/config-yaml.js';
import { type DiscoveredJob, DiscoveryManager } from './discovery/discovery-manager.js';
import { messageOf, PromAgentError } from './errors.js';
import { federationResponse } from './http/federate/federation-response.js';
import { metricsResponse } from './http/metrics-endpoint.js';
import { type Logger, silentLogger } from './logger.js';
import type { Labels } from './model/labels.js';
import { OwnedTargets } from './pool/owned-targets.js';
import { StaticMembership } from './pool/static-membership.js';
import { type RelabelStep, relabelSteps } from './relabel/relabel-steps.js';
import { type ConfigChanges, configChanges, hasSelf } from './reload/config-changes.js';
import { configChecksum } from './reload/config-checksum.js';
import { ScrapePool } from './scrape/scrape-pool.js';
import { planOf } from './scrape/target-plan.js';
import type { TargetRefusal } from './scrape/target-refusal.js';
import { threadFile } from './scrape/thread-file.js';
import { createAgentMetrics } from './self/agent-metrics.js';
import { createRegistry } from './self/create-registry.js';
import { ownUrls } from './self/own-urls.js';
import { registerMetric, unregisterMetric } from './self/register-metric.js';
import type { RegistryLike, RegistryMetric } from './self/registry.js';
import { RegistryRenderer } from './self/registry-renderer.js';
import { SelfScrape } from './self-scrape.js';
import type { ScrapeJob } from './targets/scrape-job.js';
import type { ScrapedNow } from './targets/scraped-now.js';
import type { DroppedTarget } from './targets/target.js';
import { TargetBuilds } from './targets/target-builds.js';
import type { TargetChanges } from './targets/target-changes.js';
import { version } from './version.js';

const defaultCloseDeadlineMs = 10_000;
/** Discoveries only have files and timers to let go of. */
const discoveryCloseMs = 1_000;
/** Shown of a job whose keep_dropped_targets says nothing; all are counted. */
const mostDroppedTargets = 10_000;

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
  /** Fixed by whoever made the agent; a reload may bring other configuration options. */
  #options: AgentOptions;
  #config: AgentConfig;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #scrapePool: ScrapePool;
  readonly #owned: OwnedTargets;
  readonly #builds: TargetBuilds;
  readonly #metrics: readonly RegistryMetric[];
  readonly #renderer: RegistryRenderer;
  readonly #discovery: DiscoveryManager;
  #self: SelfScrape | undefined;
  #selfAddress: SelfAddress | undefined;
  readonly #stop = new AbortController();
  #discovering: Promise<void> | undefined;
  #started: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #reloading: Promise<void> = Promise.resolve();
  #isLastReloadGood = true;
  #configAtMs: number;

  constructor(options: AgentOptions, config: AgentConfig, registry: RegistryLike) {
    this.registry = registry;
    this.#options = options;
    this.#config = config;
    this.#clock = options.clock ?? systemClock;
    this.#configAtMs = this.#clock.nowMs();
    this.#logger = options.logger ?? silentLogger;
    this.#renderer = new RegistryRenderer(registry, this.#clock, this.#logger);
    this.#scrapePool = this.#createScrapePool();
    this.#owned = new OwnedTargets(config.pool && new StaticMembership(config.pool));
    this.#builds = new TargetBuilds({
      clock: this.#clock,
      logger: this.#logger,
      onChanges: (_job, changes) => this.#apply(this.#owned.change(changes)),
    });
    for (const scrapeConfig of config.scrapeConfigs) this.#builds.setJob(scrapeConfig);
    this.#discovery = this.#createDiscovery();
    this.#self = this.#createSelf();
    this.#metrics = this.#registerMetrics();
    this.#sayWhatIsNotUsed();
  }

  get config(): AgentConfig {
    return this.#config;
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

  reload(options?: AgentOptions): Promise<void> {
    const reloaded = this.#reloading.then(() => this.#reload(options));
    this.#reloading = reloaded.catch(() => {});
    return reloaded;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async metrics(request: MetricsRequest = {}): Promise<ExpositionResponse> {
    return metricsResponse(this.#renderer, request);
  }

  async federate(
    match: readonly string[],
    { accept }: Pick<MetricsRequest, 'accept'> = {},
  ): Promise<ExpositionResponse> {
    const nowMs = this.#clock.nowMs();
    return federationResponse(match, accept, (checked, format) =>
      this.#scrapePool.federate({ match: checked, format, nowMs }),
    );
  }

  targets(): readonly OwnedTarget[] {
    const owned = this.#self === undefined ? [] : [this.#self.target];
    for (const target of this.#owned.values()) owned.push(target);
    return owned.map((target) => ({ target, status: this.#scrapePool.status(target.id) }));
  }

  scrapeNow(targetId: string): Promise<ScrapedNow | undefined> {
    return this.#scrapePool.scrapeNow(targetId);
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

  droppedTargets(job: string): readonly DroppedTarget[] {
    const config = this.#config.scrapeConfigs.find((one) => one.job.name === job);
    const most = config?.keepDroppedTargets || mostDroppedTargets;
    const dropped: DroppedTarget[] = [];
    for (const target of this.#builds.dropped(job)) {
      if (dropped.push(target) >= most) break;
    }
    return dropped;
  }

  droppedTargetCounts(): ReadonlyMap<string, number> {
    return this.#builds.droppedCounts();
  }

  jobs(): readonly string[] {
    return this.#config.scrapeConfigs.map(({ job }) => job.name);
  }

  relabelSteps(job: string, labels: Labels): readonly RelabelStep[] | undefined {
    const config = this.#config.scrapeConfigs.find((one) => one.job.name === job);
    return config && relabelSteps(config.relabelRules, labels, config.job.nameValidation);
  }

  configYaml(): string {
    return configYaml(this.#config);
  }

  configChecksum(): Promise<string | undefined> {
    return configChecksum(this.#config);
  }

  setSelfAddress(address: SelfAddress): void {
    this.#selfAddress = address;
    this.#placeSelf();
  }

  /** The own registry as a target goes by the service's address, and no discovered one doubles it. */
  #placeSelf(): void {
    if (this.#selfAddress === undefined) return;
    const { host, port, path } = this.#selfAddress;
    const isWildcard = host === '' || host === '0.0.0.0' || host === '::';
    this.#self?.setInstance(`${isWildcard ? hostname() : host}:${port}`);
    this.#apply(this.#owned.setOwnUrls(this.#self === undefined ? [] : ownUrls(port, path)));
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await this.#scrapePool.start();
    this.#scrapePool.setJobs(this.#scrapeJobs());
    this.#self?.start();
    this.#discovering = this.#discovery.run(this.#stop.signal);
    await this.#discovery.ready(signal);
    await this.#builds.idle();
  }

  async #reload(options: AgentOptions | undefined): Promise<void> {
    if (this.#closed !== undefined) throw new PromAgentError('CLOSED', 'the agent was closed');
    const { defaultThreads = 1 } = this.#options;
    const nextOptions = options ?? this.#options;
    let next: AgentConfig;
    try {
      next = await resolveConfig(nextOptions, { defaultThreads });
    } catch (error) {
      this.#isLastReloadGood = false;
      const words = 'the new configuration is not taken: the one before stays in effect';
      this.#logger.error({ file: this.#config.file, err: messageOf(error) }, words);
      throw error;
    }
    this.#options = { ...this.#options, ...nextOptions };
    await this.#takeConfig(next, configChanges(this.#config, next));
    this.#isLastReloadGood = true;
    this.#configAtMs = this.#clock.nowMs();
    this.#logger.info({ file: next.file }, 'configuration reloaded');
  }

  /** Outputs first, so that what is scraped from now on finds them; then who is scraped, and how. */
  async #takeConfig(next: AgentConfig, changes: ConfigChanges): Promise<void> {
    const jobsBefore = this.#scrapeJobs();
    this.#config = next;
    this.#sayWhatIsNotUsed();
    for (const setting of changes.needRestart) {
      this.#logger.warn({ setting }, 'this setting of the agent changes when the process restarts');
    }
    if (changes.outputs) this.#scrapePool.setOutputs(next);
    if (changes.pool) {
      this.#apply(this.#owned.setOwnership(next.pool && new StaticMembership(next.pool)));
    }
    // Jobs that are gone stay known to the threads until their last target is.
    const gone = jobsBefore.filter(({ key }) => changes.removedJobs.includes(key));
    this.#scrapePool.setJobs([...this.#scrapeJobs(), ...gone]);
    if (changes.self) this.#replaceSelf();
    for (const job of changes.removedJobs) this.#builds.removeJob(job);
    for (const config of changes.changedJobs) this.#builds.setJob(config);
    this.#discovery.apply(discoveredJobs(next));
    await this.#builds.idle();
    if (gone.length > 0) this.#scrapePool.setJobs(this.#scrapeJobs());
  }

  #replaceSelf(): void {
    const before = this.#self;
    before?.close();
    this.#self = this.#createSelf();
    this.#scrapePool.setJobs(this.#scrapeJobs());
    this.#placeSelf();
    const id = before?.target.id;
    if (id !== undefined && id !== this.#self?.target.id) {
      this.#scrapePool.changeTargets([], [{ id, end: 'gone' }]);
    }
    if (this.#started !== undefined) this.#self?.start();
  }

  #scrapeJobs(): { key: string; job: ScrapeJob }[] {
    const jobs = this.#config.scrapeConfigs.map(({ job }) => ({ key: job.name, job }));
    return this.#self === undefined ? jobs : [...jobs, this.#self.job];
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

  #createScrapePool(): ScrapePool {
    const { agent, externalLabels, remoteWrites } = this.#config;
    return new ScrapePool({
      threads: agent.threads,
      threadFile: threadFile(this.#options.threadFile),
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
      jobs: discoveredJobs(this.#config),
      clock: this.#clock,
      logger: this.#logger,
      onGroups: (job, groups) => this.#builds.setGroups(job, groups),
    });
  }

  #apply({ added, removed, replanned }: TargetChanges): void {
    if (added.length + removed.length + replanned.length === 0) return;
    // A replanned target is added over itself: its thread goes on with its series on the new grid.
    const gone = removed.map(({ id }) => ({ id, end: 'gone' as const }));
    this.#scrapePool.changeTargets(
      [...added, ...replanned].map((target) => planOf(target, this.#refusal(target.job))),
      gone,
    );
  }

  #refusal(job: string): TargetRefusal | undefined {
    const message = this.#builds.refusal(job);
    return message === undefined ? undefined : { reason: 'target_limit', message };
  }

  #createSelf(): SelfScrape | undefined {
    if (!hasSelf(this.#config)) return undefined;
    return new SelfScrape({
      block: this.#config.agent.self,
      serviceName: this.#options.serviceName,
      renderer: this.#renderer,
      clock: this.#clock,
      scrapePool: this.#scrapePool,
    });
  }

  #registerMetrics(): RegistryMetric[] {
    const totals = this.#scrapePool.totals;
    const metrics = createAgentMetrics({
      version,
      targetsByJob: () => this.#owned.countByJob(this.jobs()),
      droppedByJob: () => this.#builds.droppedCounts(),
      discoveryFailing: () => this.#discovery.failing(),
      discoveredTargets: () => this.#discovery.discoveredTargets(),
      discoveryCounters: () => this.#discovery.counters,
      configReloadSuccessful: () => this.#isLastReloadGood,
      configReloadSuccessMs: () => this.#configAtMs,
      threadRestarts: () => this.#scrapePool.threadRestarts,
      quarantinedTargets: () => this.#scrapePool.quarantinedTargets,
      targetMoves: () => this.#scrapePool.moves,
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
    const { unusedSections, emptyVariables, file } = this.#config;
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

function discoveredJobs({ scrapeConfigs }: AgentConfig): DiscoveredJob[] {
  return scrapeConfigs.map(({ job, discoveries }) => ({ job: job.name, discoveries }));
}
