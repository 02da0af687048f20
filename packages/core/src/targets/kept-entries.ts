import type { TargetGroup } from '../discovery/discovery.js';
import type { Budget } from '../self/time-slice.js';
import type { Entries } from './entries.js';
import { type FoundTarget, lightSteps, textOfFound } from './found-target.js';

/**
 * For each found target the row of the entry that was made of the same labels, if there is one: each is taken
 * once. First by identity, for a discovery gives again what did not change; then by their texts, which
 * takes longer. Yields when the budget is spent.
 */
export function* keptEntries(
  entries: Entries,
  rows: Uint32Array,
  found: readonly FoundTarget[],
  budget: Budget,
): Generator<undefined, (number | undefined)[]> {
  if (rows.length === 0 || found.length === 0) return [];
  const kept = yield* sameByIdentity(entries, rows, found, budget);
  const taken = new Set(kept);
  const others = rows.filter((row) => !taken.has(row));
  const known = yield* indexByText(entries, others, budget);
  for (let i = 0; i < found.length && known.size > 0; i++) {
    if (kept[i] !== undefined) continue;
    kept[i] = known.get(textOfFound(found[i]!))?.shift();
    if (budget.spent) yield;
  }
  return kept;
}

function* sameByIdentity(
  entries: Entries,
  rows: Uint32Array,
  found: readonly FoundTarget[],
  budget: Budget,
): Generator<undefined, (number | undefined)[]> {
  // Where the first of a group stands: most often the others follow in their order.
  const starts = new Map<TargetGroup, number>();
  for (let i = 0; i < rows.length; i++) {
    starts.set(entries.groupOf(rows[i]!), i - entries.placeOf(rows[i]!));
    if (i % lightSteps === 0 && budget.spent) yield;
  }
  const taken = new Set<number>();
  const kept: (number | undefined)[] = [];
  for (const { group, place } of found) {
    const row = rows[(starts.get(group) ?? Number.NaN) + place];
    const isSame =
      row !== undefined &&
      entries.groupOf(row) === group &&
      entries.placeOf(row) === place &&
      !taken.has(row);
    if (isSame) taken.add(row);
    if (kept.push(isSame ? row : undefined) % lightSteps === 0 && budget.spent) yield;
  }
  return kept;
}

function* indexByText(
  entries: Entries,
  rows: Uint32Array,
  budget: Budget,
): Generator<undefined, Map<string, number[]>> {
  const known = new Map<string, number[]>();
  for (const row of rows) {
    const text = textOfFound(entries.foundAt(row));
    const others = known.get(text);
    if (others === undefined) known.set(text, [row]);
    else others.push(row);
    if (budget.spent) yield;
  }
  return known;
}
