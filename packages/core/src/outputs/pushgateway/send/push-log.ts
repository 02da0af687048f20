import type { Clock } from '../../../clock.js';
import type { Logger } from '../../../logger.js';
import { groupPath, type PushGroup } from '../client/push-group.js';

/** Logs changes of a gateway's state, not pushes: an outage is two lines, and so are refusals. */
export class PushLog {
  readonly #output: string;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #downSinceMs: number | undefined;
  readonly #refused = new Set<string>();

  constructor(output: string, logger: Logger, clock: Clock) {
    this.#output = output;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Groups whose last push was refused. */
  get refusedGroups(): number {
    return this.#refused.size;
  }

  unreachable(error: string): void {
    if (this.#downSinceMs !== undefined) return;
    this.#downSinceMs = this.#clock.monotonicMs();
    this.#warn(
      { error },
      'pushgateway_write fails; the last state of each group is pushed when it works',
    );
  }

  /** The gateway answers, whatever it says. */
  reached(): void {
    if (this.#downSinceMs === undefined) return;
    const lastedMs = Math.round(this.#clock.monotonicMs() - this.#downSinceMs);
    this.#downSinceMs = undefined;
    this.#logger.info({ output: this.#output, lastedMs }, 'pushgateway_write works again');
  }

  refused(group: PushGroup, error: string): void {
    const path = groupPath(group);
    const isFirst = this.#refused.size === 0;
    this.#refused.add(path);
    if (!isFirst) return;
    this.#warn(
      { group: path, error },
      'the Pushgateway refuses a group: its metrics stay as they were pushed last',
    );
  }

  accepted(group: PushGroup): void {
    if (this.#refused.size > 0) this.#forget(group, 'the Pushgateway refuses no group any more');
  }

  /** It is pushed no more. */
  left(group: PushGroup): void {
    if (this.#refused.size > 0) this.#forget(group, 'no group is pushed any more that is refused');
  }

  note(fields: object, words: string): void {
    this.#logger.info({ output: this.#output, ...fields }, words);
  }

  warn(fields: object, words: string): void {
    this.#warn(fields, words);
  }

  #forget(group: PushGroup, words: string): void {
    const isLast = this.#refused.delete(groupPath(group)) && this.#refused.size === 0;
    if (isLast) this.#logger.info({ output: this.#output }, words);
  }

  #warn(fields: object, words: string): void {
    this.#logger.warn({ output: this.#output, ...fields }, words);
  }
}
