import type { TargetGroup } from '../discovery/discovery.js';
import type { Budget } from '../self/time-slice.js';
import type { Entry } from './entry.js';
import { type FoundTarget, lightSteps, textOfFound } from './found-target.js';

/**
 * For each found target the entry that was made of the same labels, if there is one: each entry is taken
 * once. First by identity, for a discovery gives again what did not change; then by their texts, which
 * takes longer. Yields when the budget is spent.
 */
export function* keptEntries(
  entries: readonly Entry[],
  found: readonly FoundTarget[],
  budget: Budget,
): Generator<undefined, (Entry | undefined)[]> {
  if (entries.length === 0 || found.length === 0) return [];
  const kept = yield* sameByIdentity(entries, found, budget);
  const taken = new Set(kept);
  const known = yield* indexByText(
    entries.filter((entry) => !taken.has(entry)),
    budget,
  );
  for (let i = 0; i < found.length && known.size > 0; i++) {
    if (kept[i] !== undefined) continue;
    kept[i] = known.get(textOfFound(found[i]!))?.shift();
    if (budget.spent) yield;
  }
  return kept;
}

function* sameByIdentity(
  entries: readonly Entry[],
  found: readonly FoundTarget[],
  budget: Budget,
): Generator<undefined, (Entry | undefined)[]> {
  // Where the first of a group stands: most often the others follow in their order.
  const starts = new Map<TargetGroup, number>();
  for (let i = 0; i < entries.length; i++) {
    const { group, place } = entries[i]!;
    starts.set(group, i - place);
    if (i % lightSteps === 0 && budget.spent) yield;
  }
  const taken = new Set<Entry>();
  const kept: (Entry | undefined)[] = [];
  for (const { group, place } of found) {
    const start = starts.get(group);
    const entry = start === undefined ? undefined : entries[start + place];
    const isSame = entry?.group === group && entry.place === place && !taken.has(entry);
    if (isSame) taken.add(entry);
    if (kept.push(isSame ? entry : undefined) % lightSteps === 0 && budget.spent) yield;
  }
  return kept;
}

function* indexByText(
  entries: readonly Entry[],
  budget: Budget,
): Generator<undefined, Map<string, Entry[]>> {
  const known = new Map<string, Entry[]>();
  for (const entry of entries) {
    const text = textOfFound(entry);
    const others = known.get(text);
    if (others === undefined) known.set(text, [entry]);
    else others.push(entry);
    if (budget.spent) yield;
  }
  return known;
}
