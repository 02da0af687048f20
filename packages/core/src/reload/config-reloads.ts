import type { Clock } from '../clock.js';
import type { AgentConfig } from '../config/agent-config.js';
import type { AgentOptions } from '../config/agent-options.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';

export interface ConfigReloadsOptions {
  /** What the agent was made with. */
  readonly options: AgentOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  resolve(options: AgentOptions): Promise<AgentConfig>;
  /** Makes a good configuration the one in effect. */
  take(next: AgentConfig): Promise<void>;
}

/** One reload after another, and what became of the last one. */
export class ConfigReloads {
  readonly #parts: ConfigReloadsOptions;
  /** Those the configuration in effect was made of. */
  #options: AgentOptions;
  #last: Promise<void> = Promise.resolve();
  #isLastGood = true;
  #successMs: number;

  constructor(parts: ConfigReloadsOptions) {
    this.#parts = parts;
    this.#options = parts.options;
    this.#successMs = parts.clock.nowMs();
  }

  get isLastGood(): boolean {
    return this.#isLastGood;
  }

  /** When the configuration in effect was taken, Unix ms. */
  get successMs(): number {
    return this.#successMs;
  }

  /** @param options in place of those of before; undefined: the same ones, their file read again */
  reload(options?: AgentOptions): Promise<void> {
    const reloaded = this.#last.then(() => this.#reload(options ?? this.#options));
    this.#last = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(options: AgentOptions): Promise<void> {
    const { resolve, take, clock, logger } = this.#parts;
    let next: AgentConfig;
    try {
      next = await resolve(options);
    } catch (error) {
      this.#isLastGood = false;
      const fields = { file: options.configFile, err: messageOf(error) };
      logger.error(fields, 'the new configuration is not taken: the one before stays in effect');
      throw error;
    }
    this.#options = options;
    await take(next);
    this.#isLastGood = true;
    this.#successMs = clock.nowMs();
    logger.info({ file: next.file }, 'configuration reloaded');
  }
}
