import type { Agent } from '@prom-agent/core';
import type { Logger } from 'pino';

export interface ReloadOptions {
  /** How often the files are looked at; undefined: never. */
  readonly autoReloadMs: number | undefined;
}

/** What asks the agent to read its configuration again: SIGHUP, and files that changed. */
export class Reloads {
  readonly #agent: Agent;
  readonly #logger: Logger;
  readonly #onSignal = (): void => this.#reloadAndLog();
  #timer: NodeJS.Timeout | undefined;
  #checksum: string | undefined;
  #isClosed = false;

  constructor(agent: Agent, logger: Logger) {
    this.#agent = agent;
    this.#logger = logger;
  }

  /** From now on SIGHUP reloads, where before it ended the process. */
  async listen({ autoReloadMs }: ReloadOptions): Promise<void> {
    process.on('SIGHUP', this.#onSignal);
    if (autoReloadMs === undefined) return;
    this.#checksum = await this.#readChecksum();
    this.#lookLater(autoReloadMs);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    process.off('SIGHUP', this.#onSignal);
  }

  #lookLater(intervalMs: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      void this.#look().finally(() => this.#lookLater(intervalMs));
    }, intervalMs);
  }

  /** A file that is bad, or gone, is read again when it has changed again. */
  async #look(): Promise<void> {
    const checksum = await this.#readChecksum();
    if (checksum === this.#checksum) return;
    this.#checksum = checksum;
    this.#logger.info({}, 'the configuration files have changed: reloading');
    await this.#agent.reload().catch(() => {});
  }

  /** Undefined while a file cannot be read: the reload says why, and the metrics that it failed. */
  #readChecksum(): Promise<string | undefined> {
    return this.#agent.configChecksum().catch(() => undefined);
  }

  // The agent logs what became of it, and why.
  #reloadAndLog(): void {
    this.#logger.info({ signal: 'SIGHUP' }, 'reloading the configuration');
    void this.#agent.reload().catch(() => {});
  }
}
