import { readFileSync } from 'node:fs';
import type { Clock, ClockTimer } from '../../clock.js';
import type { Logger } from '../../logger.js';

/** Beside the sockets of targets: libraries, queues, outputs, the service's own. */
const otherFiles = 200;
/** Targets come in groups: it is their number in the end that counts. */
const settledMs = 1000;
const words =
  'more targets than files may be open: those without a socket are up 0 with EMFILE; raise the hard limit (ulimit -Hn, LimitNOFILE= of systemd, --ulimit nofile= of a container)';

/** Says when there come to be more targets than the process may have sockets. */
export class OpenFiles {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #readLimits: () => string;
  #limit: number | undefined;
  #isShort = false;
  #timer: ClockTimer | undefined;

  constructor(
    logger: Logger,
    clock: Clock,
    readLimits = () => readFileSync('/proc/self/limits', 'utf8'),
  ) {
    this.#logger = logger;
    this.#clock = clock;
    this.#readLimits = readLimits;
  }

  /** There are others than before. */
  changed(targets: { readonly size: number }): void {
    this.#timer ??= this.#clock.setTimer(settledMs, () => {
      this.#timer = undefined;
      this.#check(targets.size);
    });
  }

  close(): void {
    this.#timer?.cancel();
  }

  #check(targets: number): void {
    this.#limit ??= this.#read();
    const needed = targets + otherFiles;
    const wasShort = this.#isShort;
    this.#isShort = needed > this.#limit;
    if (!this.#isShort || wasShort) return;
    this.#logger.warn({ targets, openFilesLimit: this.#limit, openFilesNeeded: needed }, words);
  }

  /** Node raises its soft limit to the hard one when it starts, so that the soft one is what counts. */
  #read(): number {
    try {
      const soft = /^Max open files +(\d+)/m.exec(this.#readLimits())?.[1];
      return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
    } catch {
      // Linux alone says it this way.
      return Number.POSITIVE_INFINITY;
    }
  }
}
