import type { Target } from './target.js';
import type { TargetSettings } from './target-settings.js';

/** What a new set of targets means to those who work on the last one. */
export interface TargetChanges {
  readonly added: readonly Target[];
  readonly removed: readonly Target[];
  /** The same target with other settings: it keeps its series, its grid may change. */
  readonly replanned: readonly Target[];
  /** The same target and settings, found in another way: only its discovered labels are others. */
  readonly refreshed: readonly Target[];
}

/** The same, as the rows of entries. */
export type ChangedRows = { readonly [kind in keyof TargetChanges]: readonly number[] };

/** Targets told of at a time: 10,000 in one message to a thread hold the event loop for 40 ms. */
export const mostPerPiece = 50;

const kinds = ['removed', 'replanned', 'refreshed', 'added'] as const;
const nothing: TargetChanges = { added: [], removed: [], replanned: [], refreshed: [] };

/** The same changes in small pieces, those first that make room: no target is an object before it is told of. */
export function* inPieces(
  rows: ChangedRows,
  targetAt: (row: number) => Target,
): Generator<TargetChanges, undefined> {
  for (const kind of kinds) {
    for (let at = 0; at < rows[kind].length; at += mostPerPiece) {
      yield { ...nothing, [kind]: rows[kind].slice(at, at + mostPerPiece).map(targetAt) };
    }
  }
}

/** Many pieces in one. */
export function joinPieces(pieces: Iterable<TargetChanges | undefined>): TargetChanges {
  const all = [...pieces].filter((piece) => piece !== undefined);
  const of = (kind: keyof TargetChanges) => all.flatMap((piece) => piece[kind]);
  return {
    added: of('added'),
    removed: of('removed'),
    replanned: of('replanned'),
    refreshed: of('refreshed'),
  };
}

export function sameSettings(a: TargetSettings, b: TargetSettings): boolean {
  return (
    a.times.intervalMs === b.times.intervalMs &&
    a.times.timeoutMs === b.times.timeoutMs &&
    histogramsText(a) === histogramsText(b)
  );
}

function histogramsText({ histograms }: TargetSettings): string {
  if (histograms === undefined) return '';
  return [
    histograms.scrapeNativeHistograms,
    histograms.alwaysScrapeClassicHistograms,
    histograms.convertClassicHistogramsToNhcb,
  ].join();
}
