import { byte } from './bytes.js';
import type { CommentTable } from './comment-table.js';
import type { LineOrder } from './line-order.js';
import type { SeriesKeys } from './series-keys.js';

/** Of one: a longer body has lines of its own, which nobody shares. */
const longestBytes = 512 * 1024;
/** Of all in a thread: some seventy kinds of node_exporter. */
const mostBytes = 4 * 1024 * 1024;

/**
 * What stands between the values of a body: of each sample the bytes from the line behind the sample
 * before, comments included, to the space in front of its value. A body that has the lines of the last
 * one is compared piece by piece instead of line by line, without a look into the tables.
 */
export class BodyOutline {
  /** Piece behind piece. */
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Of the pieces. */
  readonly lengths: Int32Array;
  /** How many targets expect such a body. */
  targets = 0;

  constructor(bytes: Buffer, lengths: Int32Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.lengths = lengths;
  }

  get memoryBytes(): number {
    return this.bytes.length + this.lengths.byteLength;
  }

  equals({ bytes, lengths }: BodyOutline): boolean {
    if (this.lengths.length !== lengths.length || !this.bytes.equals(bytes)) return false;
    return lengths.every((length, piece) => this.lengths[piece] === length);
  }
}

/** The outlines of the bodies that a thread's targets expect: those that are alike share one. */
export class BodyOutlines {
  readonly #list: BodyOutline[] = [];
  memoryBytes = 0;

  /** The one to use in place of an equal one; undefined where there is no room for it. */
  hold(outline: BodyOutline): BodyOutline | undefined {
    let held = this.#list.find((known) => known.equals(outline));
    if (held === undefined) {
      if (this.memoryBytes + outline.memoryBytes > mostBytes) return undefined;
      held = outline;
      this.#list.push(held);
      this.memoryBytes += held.memoryBytes;
    }
    held.targets++;
    return held;
  }

  release(outline: BodyOutline): void {
    outline.targets--;
    if (outline.targets > 0) return;
    this.#list.splice(this.#list.indexOf(outline), 1);
    this.memoryBytes -= outline.memoryBytes;
  }
}

/** Of a body with these lines; undefined where that is too long, or a series is known no more. */
export function outlineOf(
  { entries, count }: LineOrder,
  keys: SeriesKeys,
  comments: CommentTable,
): BodyOutline | undefined {
  const { ids, table } = keys;
  let length = 0;
  let samples = 0;
  for (let at = 0; at < count; at++) {
    const entry = entries[at]!;
    if (entry >= 0 && ids[entry]! < 0) return undefined;
    length += 1 + (entry < 0 ? comments.keys.lengths[~entry]! : table.lengths[ids[entry]!]!);
    if (length > longestBytes) return undefined;
    if (entry >= 0) samples++;
  }
  const bytes = Buffer.allocUnsafeSlow(length);
  const lengths = new Int32Array(samples);
  let end = 0;
  let piece = 0;
  let from = 0;
  for (let at = 0; at < count; at++) {
    const entry = entries[at]!;
    const text = entry < 0 ? comments.keys.key(~entry) : table.key(ids[entry]!);
    bytes.set(text, end);
    end += text.length;
    bytes[end++] = entry < 0 ? byte.newline : byte.space;
    if (entry < 0) continue;
    lengths[piece++] = end - from;
    from = end;
  }
  // Comments behind the last sample are no piece.
  return new BodyOutline(bytes.subarray(0, from), lengths);
}
