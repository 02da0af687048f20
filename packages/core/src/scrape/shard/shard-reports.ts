import type { Clock, ClockTimer } from '../../clock.js';
import type { TargetStatus } from '../../targets/target-status.js';
import type { FromShard, ShardSummary } from '../messages.js';

const intervalMs = 1_000;
/** A message of 1,000 states held the host's loop for 2 ms each second (bench: dns). */
const targetsPerMessage = 50;
const betweenMessagesMs = 10;

/** What a report needs of a target. */
export interface ReportedTarget {
  readonly status: TargetStatus;
}

/**
 * What a shard tells the main thread: totals once a second, and the state of the targets that were
 * scraped since, in messages small enough that the host's loop does not feel them.
 */
export class ShardReports {
  readonly #clock: Clock;
  readonly #summarize: () => ShardSummary;
  readonly #post: (message: FromShard) => void;
  /** Scraped since they were last told of. */
  readonly #scraped = new Set<ReportedTarget>();
  #summaryTimer: ClockTimer | undefined;
  #statusTimer: ClockTimer | undefined;

  constructor(clock: Clock, summarize: () => ShardSummary, post: (message: FromShard) => void) {
    this.#clock = clock;
    this.#summarize = summarize;
    this.#post = post;
  }

  start(): void {
    this.#summaryTimer = this.#clock.setTimer(intervalMs, () => {
      this.#post({ type: 'summary', summary: this.#summarize() });
      if (this.#statusTimer === undefined) this.#tellSome();
      this.start();
    });
  }

  scraped(target: ReportedTarget): void {
    this.#scraped.add(target);
  }

  removed(target: ReportedTarget): void {
    this.#scraped.delete(target);
  }

  /** Says all there is to say, and no more. */
  close(): void {
    this.#summaryTimer?.cancel();
    this.#statusTimer?.cancel();
    this.#tell(this.#scraped.size);
    this.#post({ type: 'summary', summary: this.#summarize() });
  }

  #tellSome(): void {
    this.#statusTimer = undefined;
    this.#tell(targetsPerMessage);
    if (this.#scraped.size === 0) return;
    this.#statusTimer = this.#clock.setTimer(betweenMessagesMs, () => this.#tellSome());
  }

  #tell(count: number): void {
    const targets: TargetStatus[] = [];
    for (const target of this.#scraped) {
      if (targets.length === count) break;
      this.#scraped.delete(target);
      targets.push(target.status);
    }
    if (targets.length > 0) this.#post({ type: 'statuses', targets });
  }
}
