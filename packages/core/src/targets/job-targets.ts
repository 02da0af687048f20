import type { ScrapeConfig } from '../config/agent-config.js';
import type { TargetGroup } from '../discovery/discovery.js';
import { NumberList } from '../model/number-list.js';
import { mostRows } from '../relabel/label-columns.js';
import type { Budget } from '../self/time-slice.js';
import type { TargetProblem } from './check-labels.js';
import { Entries } from './entries.js';
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
import { type ChangedRows, inPieces, type TargetChanges } from './target-changes.js';
import { UniqueTargets } from './unique-targets.js';

/** How many of the last ones stay at both ends, and what is between them. */
interface NextRows {
  readonly head: number;
  readonly tail: number;
  readonly middle: Uint32Array;
}

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
  readonly #entries = new Entries();
  /** In the order in which they were found. */
  #rows = new Uint32Array(0);
  #problems = 0;
  #invalid: number[] = [];
  #isOverLimit = false;
  readonly #unique = new UniqueTargets(this.#entries);

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

  /** In the order in which they were found, made as they are asked for. */
  *targets(): Generator<Target> {
    for (const row of this.#rows) {
      const isTarget = this.#entries.problemOf(row) === undefined && !this.#unique.isDuplicate(row);
      if (isTarget) yield this.#entries.targetAt(row);
    }
  }

  find(id: string): Target | undefined {
    const row = this.#unique.rowOf(id);
    return row === undefined ? undefined : this.#entries.targetAt(row);
  }

  /** Those that are found and not scraped, made as they are asked for. */
  *dropped(): Generator<DroppedTarget> {
    for (const row of this.#rows) {
      const why = this.#entries.problemOf(row) ?? this.#duplicateProblem(row);
      if (why !== undefined) yield this.#dropped(row, why);
    }
  }

  /** Those that cannot be scraped as they are, as far as they came up in the last update; once. */
  takeInvalid(): readonly DroppedTarget[] {
    const invalid = this.#invalid;
    this.#invalid = [];
    return invalid.map((row) => this.#dropped(row, this.#entries.problemOf(row)!));
  }

  /** The next update looks at everything anew. */
  setConfig(config: ScrapeConfig): void {
    this.#builder = new TargetBuilder(config);
  }

  /**
   * Takes all that the discoveries know now, and yields what that changes in pieces. Yields nothing when the budget is spent,
   * for a caller that must not hold the event loop; run it to its end before the next.
   */
  *update(
    groups: readonly TargetGroup[],
    budget: Budget,
  ): Generator<TargetChanges | undefined, undefined> {
    const builder = this.#builder;
    const next = yield* this.#build(builder, groups, budget);
    this.#madeBy = builder;
    this.#groups = groups;
    this.#invalid = [];
    const gone = yield* this.#replaceMiddle(next, budget);
    const changes = this.#checkLimit(yield* this.#unique.takeChanges(budget));
    yield* inPieces(changes, (row) => this.#entries.targetAt(row));
    for (const row of gone) this.#entries.free(row);
    return undefined;
  }

  *#build(
    builder: TargetBuilder,
    groups: readonly TargetGroup[],
    budget: Budget,
  ): Generator<undefined, NextRows> {
    // Of another configuration's entries none can be kept.
    const isKnown = this.#madeBy === builder;
    const same = sameEdges(isKnown ? this.#groups : [], groups);
    const { headTargets, tailTargets } = same;
    const rows = isKnown ? this.#rows : new Uint32Array(0);
    const last = rows.subarray(headTargets, rows.length - tailTargets);
    const between = groups.slice(same.head, groups.length - same.tail);
    if (last.length === 0) {
      const middle = yield* buildAll(builder, between, this.#entries, budget);
      return { head: headTargets, tail: tailTargets, middle };
    }
    const found = yield* foundTargets(between, budget);
    const shortest = Math.min(last.length, found.length);
    const head = yield* this.#countSame(last, found, shortest, 'first', budget);
    const tail = yield* this.#countSame(last, found, shortest - head, 'last', budget);
    const wanted = found.slice(head, found.length - tail);
    const lastWanted = last.subarray(head, last.length - tail);
    const kept = yield* keptEntries(this.#entries, lastWanted, wanted, budget);
    const others = wanted.filter((_, i) => kept[i] === undefined);
    const built = new NumberList();
    yield* builder.build(others, this.#entries, built, budget);
    builder.end();
    let next = 0;
    const middle = Uint32Array.from(wanted, (_, i) => kept[i] ?? built.at(next++));
    return { head: headTargets + head, tail: tailTargets + tail, middle };
  }

  /** Puts what was made between the entries that stay; returns the rows of those that do not. */
  *#replaceMiddle(
    { head, tail, middle }: NextRows,
    budget: Budget,
  ): Generator<undefined, readonly number[]> {
    const last = this.#rows;
    const end = last.length - tail;
    this.#rows = new Uint32Array(head + middle.length + tail);
    this.#rows.set(last.subarray(0, head));
    this.#rows.set(middle, head);
    this.#rows.set(last.subarray(end), head + middle.length);
    // Nothing goes in a first build, which is the one that may be large.
    const hasLast = end > head;
    const comes = new Set(hasLast ? middle : []);
    const gone: number[] = [];
    for (let i = head; i < end; i++) {
      const row = last[i]!;
      if (comes.delete(row)) continue;
      gone.push(row);
      if (this.#entries.problemOf(row) !== undefined) this.#problems--;
      else this.#unique.remove(row);
      if (i % lightSteps === 0 && budget.spent) yield;
    }
    let counted = 0;
    for (const row of hasLast ? comes : middle) {
      this.#count(row);
      if (++counted % lightSteps === 0 && budget.spent) yield;
    }
    return gone;
  }

  /** Over the limit, and under it again, all targets of the job are planned anew. */
  #checkLimit(changes: ChangedRows): ChangedRows {
    const { targetLimit } = this.config;
    const isOver = targetLimit > 0 && this.#unique.size > targetLimit;
    if (isOver === this.#isOverLimit) return changes;
    this.#isOverLimit = isOver;
    const added = new Set(changes.added);
    const others = this.#unique.rows().filter((row) => !added.has(row));
    return { ...changes, replanned: others, refreshed: [] };
  }

  #count(row: number): void {
    const problem = this.#entries.problemOf(row);
    if (problem === undefined) {
      this.#unique.add(row);
      return;
    }
    this.#problems++;
    if (problem.reason === 'invalid') this.#invalid.push(row);
  }

  #dropped(row: number, why: TargetProblem): DroppedTarget {
    const discoveredLabels = this.#madeBy.discovered(this.#entries.foundAt(row));
    return { job: this.#madeBy.config.job.name, discoveredLabels, ...why };
  }

  #duplicateProblem(row: number): TargetProblem | undefined {
    if (!this.#unique.isDuplicate(row)) return undefined;
    const { url } = this.#entries.targetAt(row);
    return { reason: 'duplicate', message: `the job has ${url} with the same labels already` };
  }

  /** How many stand at the same place in both lists, from their first or backwards from their last on. */
  *#countSame(
    last: Uint32Array,
    found: readonly FoundTarget[],
    most: number,
    from: 'first' | 'last',
    budget: Budget,
  ): Generator<undefined, number> {
    for (let count = 0; count < most; count++) {
      const at = from === 'first' ? count : -1 - count;
      if (!sameFound(this.#entries.foundAt(last.at(at)!), found.at(at)!)) return count;
      if (count % lightSteps === 0 && budget.spent) yield;
    }
    return most;
  }
}

/** Where there is nothing to compare with: no list of ten thousand is made beside that of the entries. */
function* buildAll(
  builder: TargetBuilder,
  groups: readonly TargetGroup[],
  entries: Entries,
  budget: Budget,
): Generator<undefined, Uint32Array> {
  const rows = new NumberList();
  let batch: FoundTarget[] = [];
  for (const group of groups) {
    const count = targetCount(group);
    for (let place = 0; place < count; place++) {
      if (batch.push({ group, place }) < mostRows) continue;
      yield* builder.build(batch, entries, rows, budget);
      batch = [];
    }
  }
  yield* builder.build(batch, entries, rows, budget);
  builder.end();
  return rows.toArray();
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
