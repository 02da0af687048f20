import type { Clock } from '../clock.js';
import type { DiscoveryConfig } from '../config/agent-config.js';
import { PromAgentError } from '../errors.js';
import { FileTexts } from '../http-client/file-texts.js';
import type { HttpClientDeps } from '../http-client/http-transport.js';
import type { Logger } from '../logger.js';
import { version } from '../version.js';
import { ConsulPlaces } from './consul/query-slots.js';
import { createDiscovery } from './create-discovery.js';
import type { Discovery, TargetGroup } from './discovery.js';
import { DiscoveryCounters } from './discovery-counters.js';
import { JobDiscovery, type OnGroups } from './job-discovery.js';
import { SerialTasks } from './serial-tasks.js';
import { SharedDiscoveries } from './shared-discoveries.js';
import { SharedConnections } from './zookeeper/shared-connections.js';

export interface DiscoveredJob {
  /** Its name, unique. */
  readonly job: string;
  readonly discoveries: readonly DiscoveryConfig[];
}

export interface DiscoveryManagerOptions {
  readonly jobs: readonly DiscoveredJob[];
  /**
   * Called with all groups of a job: at once when one of its discoveries answers for the first time,
   * then when they change, at most every 5 s for each job.
   */
  readonly onGroups: OnGroups;
  /** For discoveries over HTTP. Default: the system's resolver, no link-local redirects. */
  readonly httpClient?: Pick<HttpClientDeps, 'lookup' | 'allowLinkLocalRedirects'>;
  /** For long files of YAML. Default: none. */
  readonly mayStartThreads?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Runs the discoveries of all jobs. */
export class DiscoveryManager {
  readonly counters = new DiscoveryCounters();
  readonly #options: DiscoveryManagerOptions;
  readonly #fileTasks = new SerialTasks();
  readonly #httpClient: HttpClientDeps;
  readonly #zooKeepers: SharedConnections;
  readonly #shared = new SharedDiscoveries();
  readonly #consulPlaces = new ConsulPlaces();
  readonly #jobs = new Map<string, JobDiscovery>();
  readonly #ending = new Set<Promise<void>>();
  readonly #waiting = new Set<{ resolve: () => void; reject: (reason: Error) => void }>();
  #wanted: readonly DiscoveredJob[];
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: DiscoveryManagerOptions) {
    const { clock, httpClient } = options;
    this.#options = options;
    const files = new FileTexts(clock, this.#fileTasks);
    const userAgent = `prom-agent/${version}`;
    this.#httpClient = { ...httpClient, clock, files, userAgent };
    this.#zooKeepers = new SharedConnections(clock);
    this.#wanted = options.jobs;
  }

  /** Runs until the signal aborts; once it has resolved, nothing is left behind. Call it once. */
  async run(signal: AbortSignal): Promise<void> {
    if (!signal.aborted) {
      this.#state = 'running';
      this.apply(this.#wanted);
      await aborted(signal);
    }
    this.#state = 'stopped';
    for (const job of this.#jobs.values()) this.#stop(job);
    await Promise.all(this.#ending);
    for (const { reject } of this.#waiting) reject(closedEarly());
    this.#waiting.clear();
  }

  /**
   * Changes the jobs: what is configured as before goes on untouched and is not read again; no groups
   * are told for it. A job that is gone stops, without a last word. Discoveries that replace others of
   * their job take over once they have answered; {@link ready} waits for that.
   */
  apply(jobs: readonly DiscoveredJob[]): void {
    this.#wanted = jobs;
    if (this.#state !== 'running') return;
    // First what comes: a discovery that goes from one job to another goes on.
    for (const { job, discoveries } of jobs) this.#applyJob(job, discoveries);
    const names = new Set(jobs.map(({ job }) => job));
    for (const [name, job] of this.#jobs) {
      if (names.has(name)) continue;
      this.#jobs.delete(name);
      this.#stop(job);
    }
    this.#checkReady();
  }

  /** What is known of a job now, for whoever builds its targets anew; empty for one that does not run. */
  groups(job: string): readonly TargetGroup[] {
    return this.#jobs.get(job)?.groups ?? [];
  }

  /**
   * Resolves when every discovery has answered once, if only with an error. Rejects when the signal
   * aborts, and with `CLOSED` when the manager stops before.
   */
  async ready(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.isReady) return;
    if (this.#state === 'stopped') throw closedEarly();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => done(() => reject(signal?.reason));
      const waiter = {
        resolve: () => done(resolve),
        reject: (reason: Error) => done(() => reject(reason)),
      };
      const done = (settle: () => void): void => {
        signal?.removeEventListener('abort', onAbort);
        this.#waiting.delete(waiter);
        settle();
      };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', onAbort);
    });
  }

  /** Whether every discovery has answered once, if only with an error. */
  get isReady(): boolean {
    if (this.#state === 'new') return false;
    if (this.#jobs.size < this.#wanted.length) return false;
    return [...this.#jobs.values()].every(({ hasAnswered }) => hasAnswered);
  }

  /** Why the targets of a job may be out of date; undefined when its discoveries work. */
  lastError(job: string): Error | undefined {
    return this.#jobs.get(job)?.lastError;
  }

  /** For each job how many of its discoveries failed at their last attempt. */
  failing(): Map<string, number> {
    return new Map([...this.#jobs].map(([job, { failing }]) => [job, failing]));
  }

  /** For each job how many targets its discoveries know, before relabelling. */
  discoveredTargets(): Map<string, number> {
    return new Map([...this.#jobs].map(([name, { groups }]) => [name, countTargets(groups)]));
  }

  #applyJob(name: string, configs: readonly DiscoveryConfig[]): void {
    let job = this.#jobs.get(name);
    if (job === undefined) {
      job = new JobDiscovery(name, {
        ...this.#options,
        onGroups: (...groups) => {
          this.counters.passedOn++;
          this.#options.onGroups(...groups);
        },
        onUpdate: () => {
          this.counters.received++;
          this.#checkReady();
        },
      });
      this.#jobs.set(name, job);
    }
    const wanted = new Map<string, () => Discovery>();
    for (const config of configs) {
      let key = JSON.stringify(config);
      // Two of the same are two: each adds its groups, as in Prometheus.
      while (wanted.has(key)) key += '+';
      wanted.set(key, () => this.#create(config, name));
    }
    job.apply(wanted);
  }

  #create(config: DiscoveryConfig, job: string): Discovery {
    const { clock, logger, mayStartThreads = false } = this.#options;
    const create = (attemptFailed: () => void): Discovery =>
      createDiscovery(config, {
        clock,
        logger,
        attemptFailed,
        fileTasks: this.#fileTasks,
        mayStartThreads,
        httpClient: this.#httpClient,
        consulPlaces: this.#consulPlaces,
        zooKeepers: this.#zooKeepers,
      });
    this.counters.watch(config.kind, job);
    const attemptFailed = (): void => this.counters.failed(config.kind, job);
    // There is nothing to share in what needs no asking, and it answers within this very turn.
    if (config.kind === 'static') return create(attemptFailed);
    return this.#shared.of(JSON.stringify(config), config.kind, create, attemptFailed);
  }

  #stop(job: JobDiscovery): void {
    const ended: Promise<void> = job.stop().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #checkReady(): void {
    if (!this.isReady) return;
    for (const { resolve } of this.#waiting) resolve();
  }
}

function countTargets(groups: readonly TargetGroup[]): number {
  return groups.reduce((sum, group) => sum + (group.targetCount ?? group.targets.length), 0);
}

function closedEarly(): PromAgentError {
  return new PromAgentError('CLOSED', 'closed before all discoveries had answered');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
