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
  /** The first is no attempt to find something out: what was refused before is not in it. */
  isFirstWhole: boolean;
}

/** A request that is to be sent in two halves first; one series alone is refused as it is. */
export function cut(body: Uint8Array, version: WriteVersion, answer: PostResult): Pieces {
  const parts = new RequestParts(body, version);
  const whole: Range = [0, parts.series.length];
  const pending = halves(whole);
  return {
    parts,
    pending,
    refused: pending.length === 0 ? [whole] : [],
    answer,
    sent: 0,
    isFirstWhole: false,
  };
}

/** A request of which some series go apart, behind the others; undefined where none of them is in it. */
export function cutApart(
  body: Uint8Array,
  version: WriteVersion,
  isApart: (series: Uint8Array) => boolean,
  answer: PostResult,
): Pieces | undefined {
  const parts = new RequestParts(body, version);
  const to = parts.series.length;
  const from = to - parts.putLast(isApart);
  if (from === to) return undefined;
  const pending: Range[] =
    from === 0
      ? [[0, to]]
      : [
          [0, from],
          [from, to],
        ];
  return { parts, pending, refused: [], answer, sent: 0, isFirstWhole: true };
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
