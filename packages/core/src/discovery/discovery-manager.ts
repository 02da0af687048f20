import type { Clock } from '../clock.js';
import type { ScrapeConfig } from '../config/agent-config.js';
import { PromAgentError } from '../errors.js';
import type { Logger } from '../logger.js';
import { createDiscovery } from './create-discovery.js';
import { JobDiscovery, type OnGroups } from './job-discovery.js';
import { SerialTasks } from './serial-tasks.js';

/** Runs the discoveries of all jobs. */
export class DiscoveryManager {
  readonly #jobs = new Map<string, JobDiscovery>();
  readonly #ready: Promise<void>;
  #becomeReady: () => void = () => {};
  #failReady: (error: Error) => void = () => {};
  #unanswered = 0;

  /**
   * @param onGroups called with all groups of a job: at once when one of its discoveries answers for
   *   the first time, then when they change, at most every 5 s for each job
   */
  constructor(
    configs: readonly ScrapeConfig[],
    onGroups: OnGroups,
    deps: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#ready = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      this.#failReady = reject;
    });
    // Whoever calls ready() hears of it; nobody else has to.
    this.#ready.catch(() => {});
    const discoveryDeps = { ...deps, fileTasks: new SerialTasks() };
    for (const { job, discoveries } of configs) {
      const created = discoveries.map((config) => createDiscovery(config, discoveryDeps));
      this.#jobs.set(job.name, new JobDiscovery(job.name, created, onGroups, deps));
      this.#unanswered += created.length;
    }
    if (this.#unanswered === 0) this.#becomeReady();
  }

  /** Runs until the signal aborts; once it has resolved, nothing is left behind. */
  async run(signal: AbortSignal): Promise<void> {
    const onAnswer = (): void => {
      this.#unanswered--;
      if (this.#unanswered === 0) this.#becomeReady();
    };
    await Promise.all([...this.#jobs.values()].map((job) => job.run(onAnswer, signal)));
    if (!signal.aborted) return;
    this.#failReady(new PromAgentError('CLOSED', 'closed before every discovery had answered'));
  }

  /**
   * Resolves when every discovery has answered once, if only with an error; rejects with `CLOSED`
   * when that can no longer happen.
   */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Why the targets of a job may be out of date; undefined when its discoveries work. */
  lastError(job: string): Error | undefined {
    return this.#jobs.get(job)?.lastError;
  }
}
