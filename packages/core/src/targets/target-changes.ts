import type { Budget } from '../self/time-slice.js';
import { lightSteps } from './found-target.js';
import type { Target } from './target.js';

/** What a new set of targets means to those who work on the last one. */
export interface TargetChanges {
  readonly added: readonly Target[];
  readonly removed: readonly Target[];
  /** The same target with other settings: it keeps its series, its grid may change. */
  readonly replanned: readonly Target[];
  /** The same target and settings, found in another way: only its discovered labels are others. */
  readonly refreshed: readonly Target[];
}

/** Targets told of at a time: 10,000 in one message to a thread hold the event loop for 40 ms. */
export const mostPerPiece = 50;

/** The same changes in small pieces, those first that make room. */
export function* inPieces(changes: TargetChanges): Generator<TargetChanges> {
  for (const kind of ['removed', 'replanned', 'refreshed', 'added'] as const) {
    const targets = changes[kind];
    for (let at = 0; at < targets.length; at += mostPerPiece) {
      const nothing = { added: [], removed: [], replanned: [], refreshed: [] };
      yield { ...nothing, [kind]: targets.slice(at, at + mostPerPiece) };
    }
  }
}

/** Gathers, by id, what a target was before and is after a number of steps. */
export class TargetDifference {
  readonly #before = new Map<string, Target | undefined>();

  /** Call before each step that touches the id; the first call counts. */
  touch(targetId: string, now: Target | undefined): void {
    if (!this.#before.has(targetId)) this.#before.set(targetId, now);
  }

  /** Yields when the budget is spent. @param after what stands at an id now */
  *changes(
    after: (targetId: string) => Target | undefined,
    budget: Budget,
  ): Generator<undefined, TargetChanges> {
    const added: Target[] = [];
    const removed: Target[] = [];
    const replanned: Target[] = [];
    const refreshed: Target[] = [];
    let looked = 0;
    for (const id of this.#before.keys()) {
      if (++looked % lightSteps === 0 && budget.spent) yield;
      const before = this.#before.get(id);
      const now = after(id);
      if (now === before) continue;
      if (now === undefined) removed.push(before!);
      else if (before === undefined) added.push(now);
      else (hasSameSettings(before, now) ? refreshed : replanned).push(now);
    }
    return { added, removed, replanned, refreshed };
  }
}

function hasSameSettings(a: Target, b: Target): boolean {
  return (
    a.intervalMs === b.intervalMs &&
    a.timeoutMs === b.timeoutMs &&
    settingsText(a) === settingsText(b)
  );
}

function settingsText({ histograms }: Target): string {
  if (histograms === undefined) return '';
  return [
    histograms.scrapeNativeHistograms,
    histograms.alwaysScrapeClassicHistograms,
    histograms.convertClassicHistogramsToNhcb,
  ].join();
}
