import type { Clock } from '../../clock.js';
import type { Logger } from '../../logger.js';

/** How an output can be in trouble; each starts and ends with one log line. */
export type Trouble =
  | 'failing'
  | 'rejected'
  | 'queue_full'
  | 'unsupported'
  | 'too_old'
  | 'expired'
  | 'given_up';

/** Trouble is over when a delivery succeeds this long after the last sign of it. */
const quietMs = 10_000;

const beginnings: Record<Trouble, string> = {
  failing: 'remote_write fails; samples wait in the queue and are sent again until it works',
  rejected: 'remote_write receiver refuses samples; they are dropped',
  queue_full: 'remote_write queue is full; the oldest samples are dropped',
  unsupported:
    'remote_write 1.0 cannot carry native histograms with custom buckets; they are dropped (convert_classic_histograms_to_nhcb makes them)',
  too_old: 'remote_write drops samples that are older than sample_age_limit',
  expired: 'samples waited in the queue for longer than agent.queue.max_age; they are dropped',
  given_up: 'remote_write gives up samples on which the receiver fails though it takes others',
};
const endings: Record<Trouble, string> = {
  failing: 'remote_write works again',
  rejected: 'remote_write receiver no longer refuses samples',
  queue_full: 'remote_write queue has room again',
  unsupported: 'remote_write is given no native histograms with custom buckets any more',
  too_old: 'remote_write drops no samples for their age any more',
  expired: 'no samples wait in the queue for too long any more',
  given_up: 'remote_write gives up no samples any more',
};

interface Spell {
  samples: number;
  sinceMs: number;
  lastMs: number;
}

/** Logs changes of an output's state, not events: an outage of hours is two lines. */
export class DeliveryLog {
  readonly #output: string;
  readonly #logger: Logger;
  readonly #clock: Clock;
  /** As the configuration calls it. */
  readonly #kind: string;
  #hasWarnedOfClock = false;
  readonly #spells = new Map<Trouble, Spell>();

  constructor(output: string, logger: Logger, clock: Clock, kind = 'remote_write') {
    this.#kind = kind;
    this.#output = output;
    this.#logger = logger;
    this.#clock = clock;
  }

  trouble(trouble: Trouble, samples: number, fields: object): void {
    const nowMs = this.#clock.monotonicMs();
    const spell = this.#spells.get(trouble);
    if (spell !== undefined) {
      spell.samples += samples;
      spell.lastMs = nowMs;
      return;
    }
    this.#spells.set(trouble, { samples, sinceMs: nowMs, lastMs: nowMs });
    this.#logger.warn({ output: this.#output, ...fields }, this.#words(beginnings[trouble]));
  }

  /** Once: it does not end by itself. */
  clockSkew(error: string): void {
    if (this.#hasWarnedOfClock) return;
    this.#hasWarnedOfClock = true;
    this.#logger.warn(
      { output: this.#output, error },
      'remote_write receiver finds samples too old or ahead of its time: compare the clocks of both machines',
    );
  }

  /** At the end: what still waited, and no disk keeps. */
  lost(samples: number): void {
    this.#logger.warn(
      { output: this.#output, samples },
      this.#words(
        'remote_write had samples left when its time to stop was over; they are lost (agent.queue.path keeps such for the next start)',
      ),
    );
  }

  delivered(): void {
    if (this.#spells.size === 0) return;
    const nowMs = this.#clock.monotonicMs();
    for (const [trouble, spell] of this.#spells) {
      if (nowMs - spell.lastMs < quietMs) continue;
      this.#spells.delete(trouble);
      const lastedMs = Math.round(spell.lastMs - spell.sinceMs);
      const { samples } = spell;
      this.#logger.info({ output: this.#output, samples, lastedMs }, this.#words(endings[trouble]));
    }
  }

  #words(words: string): string {
    return words.replace('remote_write', this.#kind);
  }
}
