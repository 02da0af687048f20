import { nextTurn } from '../self/time-slice.js';
import type { BusyTarget, TargetWords } from './busy-target.js';
import type { GiveUp } from './give-up.js';
import { ScrapeFailure } from './scrape-failure.js';

/** Whose work it is, and what ends it. */
export interface TurnsOf {
  readonly busy: BusyTarget;
  readonly words: TargetWords;
  readonly giveUp: GiveUp;
}

/**
 * Does work that pauses in turns with that of other targets; resolves with what it returns.
 * @throws ScrapeFailure when it was given up: then its `finally` blocks have run
 */
export async function inTurns<T>(
  work: Generator<undefined, T>,
  { busy, words, giveUp }: TurnsOf,
): Promise<T> {
  for (;;) {
    busy.enter(words);
    try {
      const { done, value } = work.next();
      if (done) return value;
    } finally {
      busy.leave();
    }
    await nextTurn();
    if (giveUp.isGivenUp) {
      work.return(undefined as T);
      throw new ScrapeFailure('internal', 'the target was removed');
    }
  }
}

/** Does such work, which nobody gives up, in turns with all else. */
export async function inPauses(work: Generator<undefined>): Promise<void> {
  while (!work.next().done) await nextTurn();
}
