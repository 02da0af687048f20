import { hostname } from 'node:os';
import type { SelfAddress } from './agent-api.js';
import type { Clock } from './clock.js';
import type { AgentConfig } from './config/agent-config.js';
import { OwnRegistryPushes } from './own-registry-pushes.js';
import type { OwnPushResult } from './push/push-own-registry.js';
import { hasSelf, selfFormat } from './reload/config-changes.js';
import type { ScrapePool } from './scrape/threads/scrape-pool.js';
import { ownUrls } from './self/own-urls.js';
import type { RegistryLike } from './self/registry.js';
import type { RegistryRenderer } from './self/registry-renderer.js';
import { SelfScrape } from './self-scrape.js';
import type { ScrapeJob } from './targets/scrape-job.js';
import type { Target } from './targets/target.js';

export interface OwnRegistryOptions {
  readonly serviceName: string | undefined;
  readonly renderer: RegistryRenderer;
  readonly clock: Clock;
  readonly scrapePool: ScrapePool;
}

/** Whether and how the service's own registry is a target, as the configuration has it now. */
export class OwnRegistry {
  readonly #options: OwnRegistryOptions;
  #pushes: OwnRegistryPushes;
  #scrape: SelfScrape | undefined;
  #address: SelfAddress | undefined;

  constructor(options: OwnRegistryOptions, config: AgentConfig) {
    this.#options = options;
    this.#scrape = this.#create(config);
    this.#pushes = new OwnRegistryPushes(options, config);
  }

  get target(): Target | undefined {
    return this.#scrape?.target;
  }

  /** What the threads are told of it beside the jobs of the configuration. */
  get jobs(): { key: string; job: ScrapeJob }[] {
    return this.#scrape === undefined ? [] : [this.#scrape.job];
  }

  /** URLs that would scrape it a second time. */
  get urls(): readonly string[] {
    if (this.#scrape === undefined || this.#address === undefined) return [];
    return ownUrls(this.#address.port, this.#address.path);
  }

  /** Beside the grid. */
  async pushOnce(
    registry: RegistryLike,
    deadlineMs: number | undefined,
  ): Promise<readonly OwnPushResult[]> {
    // Few services do this; the pushes of the grid are a thread's.
    const { pushOwnRegistry } = await import('./push/push-own-registry.js');
    return pushOwnRegistry(this.#pushes.groups(), registry, this.#options.clock, deadlineMs);
  }

  start(): void {
    this.#scrape?.start();
    this.#pushes.start();
  }

  /** Hands over what the registry is now to where it is pushed. */
  async close(): Promise<void> {
    this.#scrape?.close();
    await this.#pushes.finish();
    this.#pushes.close();
  }

  setAddress(address: SelfAddress): void {
    this.#address = address;
    const { host, port } = address;
    const isWildcard = host === '' || host === '0.0.0.0' || host === '::';
    const instance = `${isWildcard ? hostname() : host}:${port}`;
    this.#scrape?.setInstance(instance);
    this.#pushes.setInstance(instance);
  }

  /** Another configuration; `setJobs` is called before the new target needs its job. */
  replace(config: AgentConfig, isStarted: boolean, setJobs: () => void): void {
    const before = this.#scrape;
    before?.close();
    this.#scrape = this.#create(config);
    this.#pushes.close();
    this.#pushes = new OwnRegistryPushes(this.#options, config);
    setJobs();
    if (this.#address !== undefined) this.setAddress(this.#address);
    const id = before?.target.id;
    if (id !== undefined && id !== this.#scrape?.target.id) {
      this.#options.scrapePool.changeTargets([], [{ id, end: 'gone' }]);
    }
    if (isStarted) this.start();
  }

  #create(config: AgentConfig): SelfScrape | undefined {
    if (!hasSelf(config)) return undefined;
    const { self } = config.agent;
    return new SelfScrape({ ...this.#options, block: self, format: selfFormat(config) });
  }
}
