import type { Clock } from '../../clock.js';
import type { ScrapeBatch } from '../../outputs/scrape-batch.js';
import { nextTurn } from '../../self/time-slice.js';
import type { TurnsOf } from '../in-turns.js';
import { partsOf } from './batch-parts.js';

/** How often a full output is asked whether it has room again. */
const askEveryMs = 10;

export interface PartsReceiver {
  readonly clock: Clock;
  /** False while an output is so full that a part may push out what others queued. */
  hasRoom(): boolean;
  /** Hands a batch to every output. */
  deliver(batch: ScrapeBatch): void;
}

/**
 * Hands a large batch over part by part, in turns with other work, as fast as the outputs take it. One
 * that has no room is waited for until `deadlineMs` (monotonic); what comes then it drops and counts.
 * Ends early when `isOver` says so.
 */
export async function handOverParts(
  batch: ScrapeBatch,
  receiver: PartsReceiver,
  { busy, words }: TurnsOf,
  deadlineMs: number,
  isOver: () => boolean,
): Promise<void> {
  const { clock } = receiver;
  for (const part of partsOf(batch)) {
    while (!isOver() && !receiver.hasRoom() && clock.monotonicMs() < deadlineMs) {
      await new Promise<void>((resolve) => clock.setTimer(askEveryMs, resolve));
    }
    if (isOver()) return;
    busy.enter(words);
    receiver.deliver(part);
    busy.leave();
    await nextTurn();
  }
}
