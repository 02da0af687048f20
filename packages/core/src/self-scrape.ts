import type { Clock, ClockTimer } from './clock.js';
import type { SelfBlock } from './config/agent-config.js';
import { plainHttpClient } from './http-client/http-client-config.js';
import type { PlannedTarget, TargetPlan } from './scrape/target-plan.js';
import type { ScrapePool } from './scrape/threads/scrape-pool.js';
import type { RegistryRenderer } from './self/registry-renderer.js';
import { defaultSelfInstance, defaultSelfJob } from './self/self-labels.js';
import { type SelfFormat, SelfTarget } from './self/self-target.js';
import { defaultScrapeJob, type ScrapeJob } from './targets/scrape-job.js';
import type { Target } from './targets/target.js';
import { targetId } from './targets/target-id.js';
import { nextTickMs, targetPhaseMs } from './targets/target-phase.js';

/** No job of a configuration can have this key: names hold no NUL. */
const selfJobKey = '\0self';
/** Stands in the target list where others have a URL: the registry is not fetched. */
const selfUrl = 'prom-agent:self';
/** How long a service may take to listen before it goes by the host's name. */
export const addressGraceMs = 10_000;

export interface SelfScrapeOptions {
  readonly block: SelfBlock;
  readonly format: SelfFormat;
  /** Job where the block names none. */
  readonly serviceName: string | undefined;
  readonly renderer: RegistryRenderer;
  readonly clock: Clock;
  readonly scrapePool: ScrapePool;
}

/** Keeps the service's own registry among the targets of this member, and of no other. */
export class SelfScrape {
  readonly #options: SelfScrapeOptions;
  readonly #job: string;
  #target: Target;
  #renders: SelfTarget | undefined;
  #grace: ClockTimer | undefined;
  #hasAddress: boolean;
  #started = false;

  constructor(options: SelfScrapeOptions) {
    this.#options = options;
    this.#job = options.block.job ?? options.serviceName ?? defaultSelfJob();
    this.#hasAddress = options.block.instance !== undefined;
    this.#target = this.#build(options.block.instance ?? defaultSelfInstance());
  }

  get target(): Target {
    return this.#target;
  }

  get job(): { key: string; job: ScrapeJob } {
    return { key: selfJobKey, job: this.#scrapeJob() };
  }

  /**
   * Waits a while for the service to listen: two services on a host that both went by the host's name
   * would write the same series at the same times, and a receiver refuses one of them.
   */
  start(): void {
    this.#started = true;
    if (this.#hasAddress) this.#run();
    else this.#grace = this.#options.clock.setTimer(addressGraceMs, () => this.#run());
  }

  /** The service listens now; an instance that was configured stays. */
  setInstance(instance: string): void {
    if (this.#options.block.instance !== undefined) return;
    this.#hasAddress = true;
    const before = this.#target;
    this.#target = this.#build(instance);
    if (this.#renders !== undefined) this.#replace(before);
    else if (this.#started) this.#run();
  }

  close(): void {
    this.#grace?.cancel();
    this.#renders?.close();
  }

  #run(): void {
    this.#grace?.cancel();
    this.#options.scrapePool.changeTargets([this.#planned()], []);
    const { renderer, format, clock, block, scrapePool } = this.#options;
    this.#renders = new SelfTarget({
      renderer,
      format,
      clock,
      nextTickMs: (afterMs) => nextTickMs(afterMs, block.intervalMs, this.#plan().phaseMs),
      push: (timestampMs, pushed) => scrapePool.push(this.#target.id, timestampMs, pushed),
    });
    this.#renders.start();
  }

  #replace(before: Target): void {
    if (before.id === this.#target.id) return;
    const remove = [{ id: before.id, end: 'gone' as const }];
    this.#options.scrapePool.changeTargets([this.#planned()], remove);
  }

  #build(instance: string): Target {
    const { intervalMs } = this.#options.block;
    const labels = new Map([
      ['instance', instance],
      ['job', this.#job],
    ]);
    return {
      id: targetId(this.#job, selfUrl, labels),
      job: this.#job,
      url: selfUrl,
      labels,
      discoveredLabels: labels,
      intervalMs,
      timeoutMs: intervalMs,
    };
  }

  #scrapeJob(): ScrapeJob {
    const { block, format } = this.#options;
    return {
      ...defaultScrapeJob,
      name: this.#job,
      http: plainHttpClient,
      scrapeProtocols: [format === 'text' ? 'PrometheusText0.0.4' : 'PrometheusProto'],
      scrapeNativeHistograms: block.scrapeNativeHistograms,
      alwaysScrapeClassicHistograms: block.alwaysScrapeClassicHistograms,
      enableCompression: false,
    };
  }

  #planned(): PlannedTarget {
    const plan = this.#plan();
    return { ...plan, plan: () => plan };
  }

  #plan(): TargetPlan {
    const { id, url, labels, intervalMs, timeoutMs } = this.#target;
    const phaseMs = targetPhaseMs(id, intervalMs);
    return {
      id,
      job: selfJobKey,
      url,
      labels: [...labels],
      intervalMs,
      timeoutMs,
      phaseMs,
      source: 'pushed',
    };
  }
}
