import type { Labels } from '../model/labels.js';
import type { TargetProblem } from './check-labels.js';
import { type FoundTarget, lightSteps, textOfFound } from './found-target.js';
import type { Target } from './target.js';

/** A found target and what became of it: a target or a problem. */
export interface Entry {
  readonly found: FoundTarget;
  readonly target: Target | undefined;
  readonly problem: TargetProblem | undefined;
}

/**
 * For each found target the entry that was made of the same labels, if there is one: each entry is taken
 * once. First by identity, for a discovery gives again what did not change; then by their texts, which
 * takes longer. Yields now and then.
 */
export function* keptEntries(
  entries: readonly Entry[],
  found: readonly FoundTarget[],
): Generator<undefined, (Entry | undefined)[]> {
  if (entries.length === 0 || found.length === 0) return [];
  const kept = yield* sameByIdentity(entries, found);
  const taken = new Set(kept);
  const known = yield* indexByText(entries.filter((entry) => !taken.has(entry)));
  for (let i = 0; i < found.length && known.size > 0; i++) {
    if (kept[i] !== undefined) continue;
    kept[i] = known.get(textOfFound(found[i]!))?.shift();
    yield;
  }
  return kept;
}

function* sameByIdentity(
  entries: readonly Entry[],
  found: readonly FoundTarget[],
): Generator<undefined, (Entry | undefined)[]> {
  const byTarget = new Map<Labels, Entry>();
  for (const entry of entries) {
    if (byTarget.set(entry.found.ofTarget, entry).size % lightSteps === 0) yield;
  }
  const kept: (Entry | undefined)[] = [];
  for (const { ofTarget, ofGroup } of found) {
    const entry = byTarget.get(ofTarget);
    const isSame = entry?.found.ofGroup === ofGroup;
    if (isSame) byTarget.delete(ofTarget);
    if (kept.push(isSame ? entry : undefined) % lightSteps === 0) yield;
  }
  return kept;
}

function* indexByText(entries: readonly Entry[]): Generator<undefined, Map<string, Entry[]>> {
  const known = new Map<string, Entry[]>();
  for (const entry of entries) {
    const text = textOfFound(entry.found);
    const others = known.get(text);
    if (others === undefined) known.set(text, [entry]);
    else others.push(entry);
    yield;
  }
  return known;
}
