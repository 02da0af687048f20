import type { Clock } from '../clock.js';
import type { Logger } from '../logger.js';

/** How often the log says that something still fails. */
const sayEveryMs = 10_000;

/** A failure that lasts: the log says when it begins, now and then that it goes on, and when it is over. */
export class SpokenFailure {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #who: string;
  #isFailing = false;
  #saidMs = Number.NEGATIVE_INFINITY;

  /** @param who as in `the receiver` */
  constructor(logger: Logger, clock: Clock, who: string) {
    this.#logger = logger;
    this.#clock = clock;
    this.#who = who;
  }

  say(error: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#isFailing && nowMs - this.#saidMs < sayEveryMs) return;
    this.#isFailing = true;
    this.#saidMs = nowMs;
    this.#logger.warn({ error }, `${this.#who} fails: trying again`);
  }

  isOver(): void {
    if (this.#isFailing) this.#logger.info({}, `${this.#who} answers again`);
    this.#isFailing = false;
  }
}
