import type { Logger } from '../../../logger.js';
import type { DrainStatus } from '../../output.js';

/** A backlog that is gone sooner is no news. */
const newsAfterMs = 10_000;
const progressMs = 60_000;
/** The rate is that of the last minute, which is kept as so many points. */
const pointMs = 5_000;
const mostPoints = 13;

/** What waits. */
export interface Left {
  readonly samples: number;
  readonly bytes: number;
  /** Unix ms. */
  readonly oldestMs: number | undefined;
}

/**
 * Samples of an output that are on the disk alone: how many, how fast they become fewer, how long it
 * will take. Says so when it begins, each minute, and when it is over.
 */
export class Backlog {
  readonly #output: string;
  readonly #logger: Logger;
  /** Monotonic; undefined while all that waits is in memory. */
  #sinceMs: number | undefined;
  #toldMs: number | undefined;
  #most = 0;
  #points: { samples: number; atMs: number }[] = [];

  constructor(output: string, logger: Logger) {
    this.#output = output;
    this.#logger = logger;
  }

  get status(): DrainStatus | undefined {
    const first = this.#points[0];
    const last = this.#points.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const seconds = (last.atMs - first.atMs) / 1000;
    const samplesPerSecond = seconds > 0 ? (first.samples - last.samples) / seconds : 0;
    const secondsLeft = samplesPerSecond > 0 ? last.samples / samplesPerSecond : undefined;
    return { samplesPerSecond, secondsLeft };
  }

  /** Called from time to time; `nowMs` is monotonic. */
  note(isBehind: boolean, left: Left, nowMs: number): void {
    if (!isBehind) {
      this.#end(nowMs);
      return;
    }
    this.#sinceMs ??= nowMs;
    this.#most = Math.max(this.#most, left.samples);
    this.#keep(left.samples, nowMs);
    const dueMs =
      this.#toldMs === undefined ? this.#sinceMs + newsAfterMs : this.#toldMs + progressMs;
    if (nowMs < dueMs) return;
    this.#tell(left, this.#toldMs === undefined);
    this.#toldMs = nowMs;
  }

  #keep(samples: number, atMs: number): void {
    const last = this.#points.at(-1);
    if (last !== undefined && atMs - last.atMs < pointMs) return;
    this.#points.push({ samples, atMs });
    if (this.#points.length > mostPoints) this.#points.shift();
  }

  #tell({ samples, bytes, oldestMs }: Left, isFirst: boolean): void {
    const { samplesPerSecond = 0, secondsLeft } = this.status ?? {};
    const fields = {
      output: this.#output,
      samples,
      bytes,
      ...(oldestMs !== undefined && { oldest: new Date(oldestMs).toISOString() }),
      samplesPerSecond: Math.round(samplesPerSecond),
      ...(secondsLeft !== undefined && { secondsLeft: Math.ceil(secondsLeft) }),
    };
    const words = isFirst
      ? 'a backlog waits on the disk to be sent'
      : 'the backlog on the disk is still being sent';
    this.#logger.info(fields, words);
  }

  #end(nowMs: number): void {
    if (this.#sinceMs === undefined) return;
    const lastedMs = Math.round(nowMs - this.#sinceMs);
    const most = this.#most;
    const wasTold = this.#toldMs !== undefined;
    this.#sinceMs = undefined;
    this.#toldMs = undefined;
    this.#most = 0;
    this.#points = [];
    if (!wasTold) return;
    this.#logger.info(
      { output: this.#output, mostSamples: most, lastedMs },
      'the backlog on the disk is sent',
    );
  }
}
