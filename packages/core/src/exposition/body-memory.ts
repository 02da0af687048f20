import { type BodyOutline, outlineOf } from './body-outline.js';
import type { CommentTable } from './comment-table.js';
import { LineOrder } from './line-order.js';
import { sharedScratch } from './parse-scratch.js';
import type { ParsedBody } from './parsed-body.js';
import { seriesContext, unchangedContext } from './series-context.js';
import type { SeriesKeys } from './series-keys.js';

/** Series' texts removed without a pause: some 2 ms. */
const removedAtOnce = 8192;

/** How many texts there are, and their bytes. */
export interface TextAmount {
  readonly size: number;
  readonly textBytes: number;
}

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
  /** Grows when the comments of the last good body are not those of the one before. */
  commentsVersion = 0;
  /** The same for memories of one comment table whose comments are the same. */
  commentsHash = 0;
  /** The last good body had the lines of the one before. */
  #isSteady = false;
  #outline: BodyOutline | undefined;
  /** What the outline was made of. */
  #outlinedEntries: Int32Array | undefined;
  #outlinedRemovals = 0;
  #scratch = sharedScratch;

  constructor(keys: SeriesKeys, comments: CommentTable) {
    this.keys = keys;
    this.comments = comments;
  }

  /** A parse that lets others run before it ends needs a scratch of its own. */
  begin(scratch = sharedScratch): void {
    this.#scratch = scratch;
    scratch.begin();
    this.context = seriesContext.plain;
    this.order.begin(scratch);
  }

  /** Lets go of a scratch of its own. */
  end(): void {
    this.#scratch = sharedScratch;
    this.order.end();
  }

  /** Makes room for what a first body brings: series and comments are about half of it each. */
  reserve(bodyBytes: number): void {
    const bytes = bodyBytes >>> 1;
    const lines = bodyBytes >>> 7;
    const { keys, comments } = this;
    keys.reserve(lines);
    // Other targets mostly showed the same.
    if (keys.texts.size === 0) keys.texts.reserve(lines, bytes);
    if (comments.keys.size === 0) comments.keys.reserve(lines, bytes);
  }

  /**
   * The same for the rest of a body of which `done` bytes are read, as if it were all like them.
   * `before` is what the targets of the thread had before it.
   */
  reserveRest(done: number, bodyBytes: number, before: TextAmount): void {
    const more = ((bodyBytes - done) / done) * 1.05;
    const { size, texts } = this.keys;
    this.keys.reserve(Math.ceil(size * more));
    texts.reserve(
      Math.ceil((texts.size - before.size) * more),
      Math.ceil((texts.textBytes - before.textBytes) * more),
    );
  }

  /** Gives back what a first body left of it. */
  trim(): void {
    this.keys.trim();
    this.comments.trim();
  }

  /**
   * What the next body is expected to be, but for its values; undefined where that is not known, or
   * lines change too often for it to be worth its making.
   */
  outline(): BodyOutline | undefined {
    const { order, keys } = this;
    const isCurrent =
      this.#outlinedEntries === order.entries && this.#outlinedRemovals === keys.removals;
    if (isCurrent) return this.#outline;
    this.#dropOutline();
    if (!this.#isSteady) return undefined;
    const outline = outlineOf(order, keys, this.comments);
    this.#outline = outline && keys.texts.outlines.hold(outline);
    this.#outlinedEntries = order.entries;
    this.#outlinedRemovals = keys.removals;
    return this.#outline;
  }

  /** The body was as expected up to the line that comes next. */
  followed(cursor: number): void {
    const { order, comments } = this;
    order.cursor = cursor;
    this.context = seriesContext.plain;
    for (let at = cursor - 1; at >= 0; at--) {
      const entry = order.entries[at]!;
      if (entry >= 0) continue;
      const context = comments.keys.contexts[~entry]!;
      if (context === unchangedContext) continue;
      this.context = context;
      return;
    }
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
      expected >= 0 && keys.table.equals(keys.ids[expected]!, view, start, end, this.context);
    if (!isExpected) return this.missSeries(bytes, view, start, end);
    this.order.cursor++;
    return expected;
  }

  /** Notes a comment, which sets no context. */
  takeComment(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const { keys } = this.comments;
    const slot = this.expectedComment;
    const isExpected = slot >= 0 && keys.equals(slot, view, start, end, unchangedContext);
    if (isExpected) this.order.cursor++;
    else this.missComment(bytes, view, start, end);
  }

  /** The slot of a series that is not the expected one. */
  missSeries(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const { keys } = this;
    const known = keys.size;
    const slot = keys.add(bytes, start, end, this.context, view);
    const isNew = keys.size > known;
    if (isNew) this.#scratch.addedSeries.push(slot);
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
    this.comments.holdOne(slot);
    this.#scratch.metComments.push(slot);
    this.order.miss(~slot, isNew);
  }

  /** The body was bad: forgets what only it had. */
  rollBack(): void {
    this.#removeAdded(0);
    this.keys.compact();
    this.#releaseMet();
  }

  /** The first step of that, pausing now and then. */
  *rollBackSlices(): Generator<undefined> {
    const { addedSeries } = this.#scratch;
    while (addedSeries.count > removedAtOnce) {
      this.#removeAdded(addedSeries.count - removedAtOnce);
      yield;
    }
  }

  #removeAdded(left: number): void {
    const { addedSeries } = this.#scratch;
    const { values } = addedSeries;
    while (addedSeries.count > left) this.keys.remove(values[--addedSeries.count]!, false);
  }

  /** The body was good: its order is the expected one. True when a line came, went or moved. */
  keep(out: ParsedBody): boolean {
    const { order } = this;
    this.#isSteady = !order.hasChanged;
    if (this.#isSteady) {
      out.sameOrder = true;
      return false;
    }
    // A new series may stand in the slot of one that was removed meanwhile.
    const hasAdded = this.#scratch.addedSeries.count > 0;
    out.sameOrder = !hasAdded && order.hasSeries(out.slots, out.count);
    const { entries: before, count: countBefore } = order;
    order.keep();
    this.comments.hold(order.entries, order.count);
    this.comments.release(before, countBefore);
    const hash = hashOfComments(order);
    if (hash !== this.commentsHash) this.commentsVersion++;
    this.commentsHash = hash;
    this.#releaseMet();
    return true;
  }

  /** Expects nothing, and lets go of the comments. */
  close(): void {
    this.#dropOutline();
    this.comments.release(this.order.entries, this.order.count);
    this.order.clear();
  }

  *commentLines(): Generator<Uint8Array> {
    const { entries, count } = this.order;
    for (let i = 0; i < count; i++) {
      if (entries[i]! < 0) yield this.comments.keys.key(~entries[i]!);
    }
  }

  #dropOutline(): void {
    if (this.#outline !== undefined) this.keys.texts.outlines.release(this.#outline);
    this.#outline = undefined;
    this.#outlinedEntries = undefined;
  }

  #releaseMet(): void {
    const { metComments } = this.#scratch;
    for (let i = 0; i < metComments.count; i++) this.comments.releaseOne(metComments.values[i]!);
    metComments.count = 0;
  }
}

/** Of the comments' slots in their order: while a parser expects a line, its slot is no other's. */
function hashOfComments({ entries, count }: LineOrder): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < count; i++) {
    if (entries[i]! < 0) hash = Math.imul(hash ^ entries[i]!, 0x01000193);
  }
  return hash;
}
