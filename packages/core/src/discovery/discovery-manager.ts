import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock.js';
import type { DiscoveryConfig } from '../config/agent-config.js';
import { PromAgentError } from '../errors.js';
import type { Logger } from '../logger.js';
import { createDiscovery } from './create-discovery.js';
import { JobDiscovery, type OnGroups } from './job-discovery.js';
import { SerialTasks } from './serial-tasks.js';

export interface DiscoveryManagerOptions {
  readonly jobs: readonly {
    /** Its name, unique. */
    readonly job: string;
    readonly discoveries: readonly DiscoveryConfig[];
  }[];
  /**
   * Called with all groups of a job: at once when one of its discoveries answers for the first time,
   * then when they change, at most every 5 s for each job.
   */
  readonly onGroups: OnGroups;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Runs the discoveries of all jobs. */
export class DiscoveryManager {
  readonly #jobs = new Map<string, JobDiscovery>();
  readonly #answered: Promise<void>;
  #allAnswered: () => void = () => {};
  #neverAnswered: (reason: Error) => void = () => {};
  #unanswered = 0;

  constructor(options: DiscoveryManagerOptions) {
    this.#answered = new Promise((resolve, reject) => {
      this.#allAnswered = resolve;
      this.#neverAnswered = reject;
    });
    // Whoever calls ready() hears of it; nobody else has to.
    this.#answered.catch(() => {});
    const deps = { ...options, fileTasks: new SerialTasks(), attemptFailed: () => {} };
    for (const { job, discoveries } of options.jobs) {
      const created = discoveries.map((config) => createDiscovery(config, deps));
      this.#jobs.set(job, new JobDiscovery(job, created, deps));
      this.#unanswered += created.length;
    }
  }

  /** Runs until the signal aborts; once it has resolved, nothing is left behind. Call it once. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    // Each discovery listens to this one; Node warns of a leak from the eleventh listener on.
    setMaxListeners(0, stop.signal);
    const onAbort = (): void => stop.abort();
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    if (this.#unanswered === 0) this.#allAnswered();
    await Promise.all([...this.#jobs.values()].map((job) => this.#runJob(job, stop.signal)));
    signal.removeEventListener('abort', onAbort);
    this.#neverAnswered(new PromAgentError('CLOSED', 'closed before all discoveries had answered'));
  }

  #runJob(job: JobDiscovery, signal: AbortSignal): Promise<void> {
    return job.run(() => {
      this.#unanswered--;
      if (this.#unanswered === 0) this.#allAnswered();
    }, signal);
  }

  /**
   * Resolves when every discovery has answered once, if only with an error. Rejects when the signal
   * aborts, and with `CLOSED` when the manager stops before.
   */
  async ready(signal?: AbortSignal): Promise<void> {
    if (signal === undefined) return this.#answered;
    signal.throwIfAborted();
    let onAbort: () => void = () => {};
    const aborted = new Promise<never>((_resolve, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      await Promise.race([this.#answered, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Why the targets of a job may be out of date; undefined when its discoveries work. */
  lastError(job: string): Error | undefined {
    return this.#jobs.get(job)?.lastError;
  }

  /** For each job whether one of its discoveries failed at its last attempt. */
  failing(): Map<string, boolean> {
    return new Map([...this.#jobs].map(([job, { lastError }]) => [job, lastError !== undefined]));
  }
}
