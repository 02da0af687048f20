import type {
  Agent,
  AgentSummary,
  ExpositionResponse,
  MetricsRequest,
  OwnedTarget,
  SelfAddress,
} from './agent-api.js';
import { AgentViews } from './agent-views.js';
import { checkPeers } from './check-peers.js';
import { type Clock, systemClock, withinMs } from './clock.js';
import type { AgentConfig } from './config/agent-config.js';
import type { AgentOptions } from './config/agent-options.js';
import { logConfigNotes } from './config/log-config-notes.js';
import { resolveAside } from './config/resolve-aside.js';
import { configYaml } from './config/show/config-yaml.js';
import { createDiscoveryManager, discoveredJobs } from './create-discovery-manager.js';
import { createScrapePool } from './create-scrape-pool.js';
import type { DiscoveryManager } from './discovery/discovery-manager.js';
import type { OnGroups } from './discovery/job-discovery.js';
import { PromAgentError } from './errors.js';
import { federationResponse } from './http/federate/federation-response.js';
import { metricsResponse } from './http/metrics-endpoint.js';
import { keptTarget } from './kept-target.js';
import { type Logger, silentLogger } from './logger.js';
import type { Labels } from './model/labels.js';
import type { OutputStatus } from './outputs/output.js';
import { checkQueuePath } from './outputs/queue/queue-folders.js';
import { OwnRegistry } from './own-registry.js';
import { OwnedTargets } from './pool/owned-targets.js';
import { StaticMembership } from './pool/static-membership.js';
import type { OwnPushResult } from './push/push-own-registry.js';
import { registerAgentMetrics } from './register-agent-metrics.js';
import type { RelabelStep } from './relabel/relabel-steps.js';
import { type ConfigChanges, configChanges } from './reload/config-changes.js';
import { configChecksum } from './reload/config-checksum.js';
import { ConfigReloads } from './reload/config-reloads.js';
import type { ScrapePool } from './scrape/threads/scrape-pool.js';
import { type HeldRegistry, holdRegistry } from './self/hold-registry.js';
import { unregisterMetric } from './self/register-metric.js';
import type { RegistryLike, RegistryMetric } from './self/registry.js';
import { RegistryRenderer } from './self/registry-renderer.js';
import { nextTurn } from './self/time-slice.js';
import type { ScrapeJob } from './targets/scrape-job.js';
import type { ScrapedNow } from './targets/scraped-now.js';
import type { DroppedTarget } from './targets/target.js';
import { TargetBuilds } from './targets/target-builds.js';
import type { TargetChanges } from './targets/target-changes.js';

const defaultCloseDeadlineMs = 10_000;
/** Discoveries only have files and timers to let go of. */
const discoveryCloseMs = 1_000;

/**
 * Makes an agent from options or a prometheus.yml; nothing runs before `start()`.
 * @throws PromAgentError CONFIG_UNREADABLE, CONFIG_INVALID, REGISTRY_MISSING, REGISTRY_CONFLICT
 */
export async function createAgent(options: AgentOptions = {}): Promise<Agent> {
  const config = await resolveAside(options, options);
  return new ComposedAgent(options, config, await holdRegistry(options));
}

/** The composition root: the one file of the main thread that knows all parts. */
class ComposedAgent implements Agent {
  readonly registry: RegistryLike;
  readonly #reloads: ConfigReloads;
  #config: AgentConfig;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #scrapePool: ScrapePool;
  readonly #owned: OwnedTargets;
  readonly #builds: TargetBuilds;
  readonly #metrics: readonly RegistryMetric[];
  readonly #held: HeldRegistry;
  readonly #renderer: RegistryRenderer;
  readonly #discovery: DiscoveryManager;
  readonly #ownRegistry: OwnRegistry;
  readonly #views: AgentViews;
  readonly #stop = new AbortController();
  #discovering: Promise<void> | undefined;
  #started: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: AgentOptions, config: AgentConfig, held: HeldRegistry) {
    const { clock = systemClock, logger = silentLogger, serviceName, threadFile } = options;
    const { registry } = held;
    this.registry = registry;
    this.#held = held;
    this.#config = config;
    this.#clock = clock;
    this.#logger = logger;
    this.#renderer = new RegistryRenderer(registry, clock, logger);
    this.#builds = new TargetBuilds({
      clock,
      logger,
      onChanges: (_job, changes) => this.#apply(this.#owned.change(changes)),
    });
    this.#scrapePool = createScrapePool(config, threadFile, this.#builds, clock, logger);
    this.#owned = new OwnedTargets(this.#builds, config.pool && new StaticMembership(config.pool));
    for (const scrapeConfig of config.scrapeConfigs) this.#builds.setJob(scrapeConfig);
    const onGroups: OnGroups = (job, groups) => this.#builds.setGroups(job, groups);
    const { resolver } = this.#scrapePool;
    this.#discovery = createDiscoveryManager(config, resolver, onGroups, clock, logger);
    const parts = { owned: this.#owned, builds: this.#builds, scrapePool: this.#scrapePool };
    this.#ownRegistry = new OwnRegistry(
      { ...parts, renderer: this.#renderer, clock, serviceName },
      config,
    );
    this.#views = new AgentViews({
      ...parts,
      config: () => this.#config,
      ownRegistry: () => this.#ownRegistry.target,
    });
    this.#reloads = new ConfigReloads({
      options,
      clock,
      logger,
      resolve: async (given) => {
        const next = await resolveAside(given, options);
        checkPeers(next);
        return next;
      },
      take: (next) => this.#takeConfig(next, configChanges(this.#config, next)),
    });
    this.#metrics = registerAgentMetrics(registry, {
      ...parts,
      discovery: this.#discovery,
      reloads: this.#reloads,
      renderer: this.#renderer,
      jobs: () => this.jobs(),
    });
    logConfigNotes(config, logger);
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

  async reload(options?: AgentOptions): Promise<void> {
    if (this.#closed !== undefined) throw new PromAgentError('CLOSED', 'the agent was closed');
    return this.#reloads.reload(options);
  }

  async pushOnce({ deadlineMs }: { deadlineMs?: number } = {}): Promise<readonly OwnPushResult[]> {
    if (this.#closed !== undefined) throw new PromAgentError('CLOSED', 'the agent was closed');
    return this.#ownRegistry.pushOnce(this.registry, deadlineMs);
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
    return this.#views.targets();
  }

  scrapeNow(targetId: string): Promise<ScrapedNow | undefined> {
    return this.#scrapePool.scrapeNow(targetId);
  }

  summary(): AgentSummary {
    return this.#views.summary();
  }

  outputs(): readonly OutputStatus[] {
    return this.#views.outputs();
  }

  jobs(): readonly string[] {
    return this.#views.jobs();
  }

  droppedTargets(job: string): readonly DroppedTarget[] {
    return this.#views.droppedTargets(job);
  }

  droppedTargetCounts(): ReadonlyMap<string, number> {
    return this.#views.droppedTargetCounts();
  }

  relabelSteps(job: string, labels: Labels): readonly RelabelStep[] | undefined {
    return this.#views.relabelSteps(job, labels);
  }

  configYaml(): string {
    return configYaml(this.#config);
  }

  configChecksum(): Promise<string | undefined> {
    return configChecksum(this.#config);
  }

  setSelfAddress(address: SelfAddress): void {
    this.#ownRegistry.setAddress(address);
    this.#apply(this.#owned.setOwnUrls(this.#ownRegistry.urls));
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { queue } = this.#config.agent;
    if (queue !== undefined) checkQueuePath(queue.path);
    checkPeers(this.#config);
    await this.#scrapePool.start();
    this.#scrapePool.setJobs(this.#scrapeJobs());
    this.#ownRegistry.start();
    await nextTurn();
    this.#discovering = this.#discovery.run(this.#stop.signal);
    await this.#discovery.ready(signal);
    await this.#builds.idle();
  }

  /** Outputs first, so that what is scraped from now on finds them; then who is scraped, and how. */
  async #takeConfig(next: AgentConfig, changes: ConfigChanges): Promise<void> {
    const jobsBefore = this.#scrapeJobs();
    this.#config = next;
    logConfigNotes(next, this.#logger);
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
    if (changes.self) {
      const isStarted = this.#started !== undefined;
      const setJobs = () => this.#scrapePool.setJobs([...this.#scrapeJobs(), ...gone]);
      this.#ownRegistry.replace(next, isStarted, setJobs);
      this.#apply(this.#owned.setOwnUrls(this.#ownRegistry.urls));
    }
    for (const job of changes.removedJobs) this.#builds.removeJob(job);
    for (const config of changes.changedJobs) this.#builds.setJob(config);
    this.#discovery.apply(discoveredJobs(next));
    await this.#builds.idle();
    if (gone.length > 0) this.#scrapePool.setJobs(this.#scrapeJobs());
  }

  #scrapeJobs(): { key: string; job: ScrapeJob }[] {
    const jobs = this.#config.scrapeConfigs.map(({ job }) => ({ key: job.name, job }));
    return [...jobs, ...this.#ownRegistry.jobs];
  }

  /** The walk's order: no new targets, then no new scrapes, then what is queued goes out. */
  async #close(deadlineMs: number): Promise<void> {
    this.#stop.abort();
    await this.#started?.catch(() => {});
    // A discovery may hang in a read of a dead network mount: close() does not wait for that.
    await withinMs(this.#clock, discoveryCloseMs, this.#discovering);
    // A collector of the service may hang.
    await withinMs(this.#clock, deadlineMs / 4, this.#ownRegistry.close());
    await this.#scrapePool.close(deadlineMs);
    for (const metric of this.#metrics) unregisterMetric(this.registry, metric);
    this.#held.close();
  }

  #apply({ added, removed, replanned }: TargetChanges): void {
    if (added.length + removed.length + replanned.length === 0) return;
    // A replanned target is added over itself: its thread goes on with its series on the new grid.
    const gone = removed.map(({ id }) => ({ id, end: 'gone' as const }));
    this.#scrapePool.changeTargets(
      [...added, ...replanned].map((target) => keptTarget(this.#builds, target)),
      gone,
    );
  }
}
