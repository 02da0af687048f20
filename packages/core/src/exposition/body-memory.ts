import { hasBytes } from './byte-blocks.js';
import type { CommentTable } from './comment-table.js';
import { IntList } from './int-list.js';
import { LineOrder } from './line-order.js';
import type { ParsedBody } from './parsed-body.js';
import { seriesContext, unchangedContext } from './series-context.js';
import type { SeriesKeys } from './series-keys.js';

// Parsing is synchronous, so one scratch serves every parser of a thread.
const added = new IntList();

/**
 * What a parser remembers of its target: the texts of series and comments, and their order in the
 * last good body. A parse calls `begin`, takes or misses each line in turn, and ends in `keep` or
 * `rollBack`.
 */
export class BodyMemory {
  readonly keys: SeriesKeys;
  readonly comments: CommentTable;
  readonly order = new LineOrder();
  /** A SeriesContext: what the TYPE lines so far make of the series that comes next. */
  context: number = seriesContext.plain;

  constructor(keys: SeriesKeys, comments: CommentTable) {
    this.keys = keys;
    this.comments = comments;
  }

  begin(): void {
    this.context = seriesContext.plain;
    this.order.begin();
    added.count = 0;
  }

  /** Makes room for what a first body brings: series and comments are about half of it each. */
  reserve(bodyBytes: number): void {
    const bytes = bodyBytes >>> 1;
    const lines = bodyBytes >>> 7;
    this.keys.reserve(lines, bytes);
    if (this.comments.keys.size === 0) this.comments.keys.reserve(lines, bytes);
  }

  /** Gives back what a first body left of it. */
  trim(): void {
    this.keys.trim();
    this.comments.keys.trim();
  }

  /** The slot of the series that is expected next; negative when none is. */
  get expectedSeries(): number {
    const { entries, count, cursor } = this.order;
    return cursor < count ? entries[cursor]! : -1;
  }

  /** The slot of the comment that is expected next; negative when none is. */
  get expectedComment(): number {
    const { entries, count, cursor } = this.order;
    return cursor < count ? ~entries[cursor]! : -1;
  }

  /** The slot of the series whose text is `bytes[start, end)`. */
  takeSeries(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const { keys, expectedSeries: expected } = this;
    const isExpected =
      expected >= 0 &&
      keys.lengths[expected] === end - start &&
      keys.contexts[expected] === this.context &&
      hasBytes(view, start, keys.view, keys.starts[expected]!, end - start);
    if (!isExpected) return this.missSeries(bytes, view, start, end);
    this.order.cursor++;
    return expected;
  }

  /** Notes a comment, which sets no context. */
  takeComment(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const { keys } = this.comments;
    const slot = this.expectedComment;
    const isExpected =
      slot >= 0 &&
      keys.lengths[slot] === end - start &&
      keys.contexts[slot] === unchangedContext &&
      hasBytes(view, start, keys.view, keys.starts[slot]!, end - start);
    if (isExpected) this.order.cursor++;
    else this.missComment(bytes, view, start, end);
  }

  /** The slot of a series that is not the expected one. */
  missSeries(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const { keys } = this;
    const known = keys.size;
    const slot = keys.add(bytes, start, end, this.context, view);
    const isNew = keys.size > known;
    if (isNew) added.push(slot);
    this.order.miss(slot, isNew);
    return slot;
  }

  /** Notes a comment that is not the expected one; `context` is what a TYPE line sets. */
  missComment(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    context: number = unchangedContext,
  ): void {
    if (context !== unchangedContext) this.context = context;
    const { keys } = this.comments;
    const known = keys.size;
    const slot = keys.add(bytes, start, end, context, view);
    const isNew = keys.size > known;
    if (isNew) added.push(~slot);
    this.order.miss(~slot, isNew);
  }

  /** The body was bad: forgets what only it had. */
  rollBack(): void {
    for (let i = 0; i < added.count; i++) {
      const entry = added.values[i]!;
      if (entry >= 0) this.keys.remove(entry);
      else this.comments.removeUnused(~entry);
    }
  }

  /** The body was good: its order is the expected one. True when a line came, went or moved. */
  keep(out: ParsedBody): boolean {
    const { order } = this;
    if (!order.hasChanged) {
      out.sameOrder = true;
      return false;
    }
    // A new series may stand in the slot of one that was removed meanwhile.
    out.sameOrder = !hasAddedSeries() && order.hasSeries(out.slots, out.count);
    const before = order.entries.slice(0, order.count);
    order.keep();
    this.comments.hold(order.entries, order.count);
    this.comments.release(before, before.length);
    return true;
  }

  /** Expects nothing, and lets go of the comments. */
  close(): void {
    this.comments.release(this.order.entries, this.order.count);
    this.order.clear();
  }

  *commentLines(): Generator<Uint8Array> {
    const { entries, count } = this.order;
    for (let i = 0; i < count; i++) {
      if (entries[i]! < 0) yield this.comments.keys.key(~entries[i]!);
    }
  }
}

function hasAddedSeries(): boolean {
  for (let i = 0; i < added.count; i++) if (added.values[i]! >= 0) return true;
  return false;
}
