import type { ScrapeConfig } from '../config/agent-config.js';
import type { TargetGroup } from '../discovery/discovery.js';
import { mostRows } from '../relabel/label-columns.js';
import type { Budget } from '../self/time-slice.js';
import type { TargetProblem } from './check-labels.js';
import type { Entry } from './entry.js';
import {
  type FoundTarget,
  foundTargets,
  lightSteps,
  sameFound,
  targetCount,
} from './found-target.js';
import { keptEntries } from './kept-entries.js';
import type { DroppedTarget, Target } from './target.js';
import { TargetBuilder } from './target-builder.js';
import type { TargetChanges } from './target-changes.js';
import { UniqueTargets } from './unique-targets.js';

/**
 * The targets of one job. What the discoveries find is compared with what they found before, so that
 * one changed target among ten thousand costs one relabelling. Of targets with the same URL and labels
 * one is scraped, the others are duplicates.
 */
export class JobTargets {
  #builder: TargetBuilder;
  /** Who made the entries. */
  #madeBy: TargetBuilder;
  /** What the entries were made of. */
  #groups: readonly TargetGroup[] = [];
  #entries: readonly Entry[] = [];
  #problems = 0;
  #invalid: Entry[] = [];
  #isOverLimit = false;
  readonly #unique = new UniqueTargets();

  constructor(config: ScrapeConfig) {
    this.#builder = new TargetBuilder(config);
    this.#madeBy = this.#builder;
  }

  get config(): ScrapeConfig {
    return this.#builder.config;
  }

  /** Whether there are more targets than `target_limit`: then none of them is scraped. */
  get isOverLimit(): boolean {
    return this.#isOverLimit;
  }

  get size(): number {
    return this.#unique.size;
  }

  /** How many are found and not scraped. */
  get droppedCount(): number {
    return this.#problems + this.#unique.duplicates;
  }

  /** Those that are found and not scraped, made as they are asked for. */
  *dropped(): Generator<DroppedTarget> {
    for (const entry of this.#entries) {
      const why = entry.problem ?? this.#duplicateProblem(entry);
      if (why !== undefined) yield this.#dropped(entry, why);
    }
  }

  /** Those that cannot be scraped as they are, as far as they came up since this was asked last. */
  takeInvalid(): readonly DroppedTarget[] {
    const invalid = this.#invalid;
    this.#invalid = [];
    return invalid.map((entry) => this.#dropped(entry, entry.problem!));
  }

  /** The next update looks at everything anew. */
  setConfig(config: ScrapeConfig): void {
    this.#builder = new TargetBuilder(config);
  }

  /**
   * Takes all that the discoveries know now. Yields when the budget is spent, for a caller that must not
   * hold the event loop; run it to its end before the next.
   */
  *update(groups: readonly TargetGroup[], budget: Budget): Generator<undefined, TargetChanges> {
    const builder = this.#builder;
    const { head, tail, middle } = yield* this.#build(builder, groups, budget);
    this.#madeBy = builder;
    this.#groups = groups;
    return yield* this.#replaceMiddle(head, tail, middle, budget);
  }

  /** The entries of all groups: how many of the last ones stay at both ends, and what is between them. */
  *#build(
    builder: TargetBuilder,
    groups: readonly TargetGroup[],
    budget: Budget,
  ): Generator<undefined, { head: number; tail: number; middle: readonly Entry[] }> {
    // Of another configuration's entries none can be kept.
    const isKnown = this.#madeBy === builder;
    const same = sameEdges(isKnown ? this.#groups : [], groups);
    const { headTargets, tailTargets } = same;
    const last = isKnown ? this.#entries.slice(headTargets, -tailTargets || undefined) : [];
    const between = groups.slice(same.head, groups.length - same.tail);
    if (last.length === 0) {
      const middle = yield* buildAll(builder, between, budget);
      return { head: headTargets, tail: tailTargets, middle };
    }
    const found = yield* foundTargets(between, budget);
    const shortest = Math.min(last.length, found.length);
    const head = yield* countSame(last, found, shortest, 'first', budget);
    const tail = yield* countSame(last, found, shortest - head, 'last', budget);
    const wanted = found.slice(head, found.length - tail);
    const kept = yield* keptEntries(last.slice(head, last.length - tail), wanted, budget);
    const built: Entry[] = [];
    const others = wanted.filter((_, i) => kept[i] === undefined);
    yield* builder.build(others, built, budget);
    builder.end();
    let next = 0;
    const middle = wanted.map((_, i) => kept[i] ?? built[next++]!);
    return { head: headTargets + head, tail: tailTargets + tail, middle };
  }

  /** Puts what was made between the entries that stay. */
  *#replaceMiddle(
    head: number,
    tail: number,
    middle: readonly Entry[],
    budget: Budget,
  ): Generator<undefined, TargetChanges> {
    const last = this.#entries;
    const end = last.length - tail;
    this.#entries = last.slice(0, head).concat(middle, last.slice(end));
    // Nothing goes in a first build, which is the one that may be large.
    const hasLast = end > head;
    const stays = new Set(hasLast ? middle : []);
    for (let i = head; i < end; i++) {
      const entry = last[i]!;
      if (stays.delete(entry)) continue;
      if (entry.problem !== undefined) this.#problems--;
      else this.#unique.remove(entry);
      if (i % lightSteps === 0 && budget.spent) yield;
    }
    let counted = 0;
    for (const entry of hasLast ? stays : middle) {
      this.#count(entry);
      if (++counted % lightSteps === 0 && budget.spent) yield;
    }
    return this.#checkLimit(yield* this.#unique.takeChanges(budget));
  }

  /** Over the limit, and under it again, all targets of the job are planned anew. */
  #checkLimit(changes: TargetChanges): TargetChanges {
    const { targetLimit } = this.config;
    const isOver = targetLimit > 0 && this.#unique.size > targetLimit;
    if (isOver === this.#isOverLimit) return changes;
    this.#isOverLimit = isOver;
    const added = new Set(changes.added);
    const others = [...this.#unique.values()].filter((target) => !added.has(target));
    return { ...changes, replanned: others, refreshed: [] };
  }

  #count(entry: Entry): void {
    if (entry.problem === undefined) this.#unique.add(entry);
    else {
      this.#problems++;
      if (entry.problem.reason === 'invalid') this.#invalid.push(entry);
    }
  }

  #dropped(found: FoundTarget, why: TargetProblem): DroppedTarget {
    const discoveredLabels = this.#madeBy.discovered(found);
    return { job: this.#madeBy.config.job.name, discoveredLabels, ...why };
  }

  #duplicateProblem(target: Target): TargetProblem | undefined {
    if (!this.#unique.isDuplicate(target)) return undefined;
    const message = `the job has ${target.url} with the same labels already`;
    return { reason: 'duplicate', message };
  }
}

/** Where there is nothing to compare with: no list of ten thousand is made beside that of the entries. */
function* buildAll(
  builder: TargetBuilder,
  groups: readonly TargetGroup[],
  budget: Budget,
): Generator<undefined, Entry[]> {
  const entries: Entry[] = [];
  let batch: FoundTarget[] = [];
  for (const group of groups) {
    const count = targetCount(group);
    for (let place = 0; place < count; place++) {
      if (batch.push({ group, place }) < mostRows) continue;
      yield* builder.build(batch, entries, budget);
      batch = [];
    }
  }
  yield* builder.build(batch, entries, budget);
  builder.end();
  return entries;
}

/** The very same groups that two lists begin and end with, and how many targets they hold. */
function sameEdges(last: readonly TargetGroup[], now: readonly TargetGroup[]) {
  const most = Math.min(last.length, now.length);
  let head = 0;
  let headTargets = 0;
  for (; head < most && last[head] === now[head]; head++) headTargets += targetCount(now[head]!);
  let tail = 0;
  let tailTargets = 0;
  for (; tail < most - head && last.at(-1 - tail) === now.at(-1 - tail); tail++) {
    tailTargets += targetCount(now.at(-1 - tail)!);
  }
  return { head, headTargets, tail, tailTargets };
}

/** How many stand at the same place in both lists, from their first or backwards from their last on. */
function* countSame(
  last: readonly Entry[],
  found: readonly FoundTarget[],
  most: number,
  from: 'first' | 'last',
  budget: Budget,
): Generator<undefined, number> {
  for (let count = 0; count < most; count++) {
    const at = from === 'first' ? count : -1 - count;
    if (!sameFound(last.at(at)!, found.at(at)!)) return count;
    if (count % lightSteps === 0 && budget.spent) yield;
  }
  return most;
}
