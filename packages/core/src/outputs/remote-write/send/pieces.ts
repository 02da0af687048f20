import type { PostResult } from '../../delivery/exchange.js';
import { type Range, RequestParts, type WriteVersion } from '../../wire/request-parts.js';

/** A request that is sent in ever smaller pieces, to find what the receiver does not take. */
export interface Pieces {
  readonly parts: RequestParts;
  /** Still to be sent. */
  readonly pending: Range[];
  readonly refused: Range[];
  /** The last by which one was refused. */
  answer: PostResult;
  sent: number;
}

/** A request that is to be sent in two halves first; one series alone is refused as it is. */
export function cut(body: Uint8Array, version: WriteVersion, answer: PostResult): Pieces {
  const parts = new RequestParts(body, version);
  const whole: Range = [0, parts.series.length];
  const pending = halves(whole);
  return { parts, pending, refused: pending.length === 0 ? [whole] : [], answer, sent: 0 };
}

export function seriesIn(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

export function halves([from, to]: Range): Range[] {
  if (to - from < 2) return [];
  const middle = (from + to) >>> 1;
  return [
    [from, middle],
    [middle, to],
  ];
}
