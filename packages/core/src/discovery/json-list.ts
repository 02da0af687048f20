import { NumberList } from '../model/number-list.js';
import type { TimeSlice } from '../self/time-slice.js';
import { commonEdges } from './common-edges.js';
import { skipBlanks } from './plain-groups.js';

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** A JSON list of objects and what was made of them, kept so that the next reading costs what changes. */
export interface ObjectList<T> {
  readonly bytes: Buffer;
  /** Where each object begins and, behind its brace, ends. */
  readonly starts: NumberList;
  readonly ends: NumberList;
  readonly values: readonly T[];
}

/** What becomes of objects of a list; of one that stood in the list of before, byte for byte, it stays the same. */
export interface ObjectTaker<T> {
  take(object: unknown, index: number): T;
  /** The same of an object that need not be parsed, and where it ends; undefined for all others. */
  takeBytes?(bytes: Buffer, start: number, index: number): { value: T; end: number } | undefined;
}

/**
 * The objects of a JSON list, parsed one by one with the event loop in between: JSON.parse of a file of
 * ten thousand targets holds it for tens of ms. Objects that are written as in the list of before are
 * not parsed again. Undefined for bytes that are no list of objects or no JSON: JSON.parse has the words
 * for it.
 */
export async function readObjectList<T>(
  bytes: Buffer,
  taker: ObjectTaker<T>,
  slice: TimeSlice,
  last: ObjectList<T> = emptyList,
): Promise<ObjectList<T> | undefined> {
  const list = new ListInMaking(bytes, last);
  let at = listStart(bytes);
  if (typeof at === 'number') {
    const headEnd = list.takeHead();
    if (slice.spent) await slice.pause();
    if (headEnd !== undefined) at = nextStart(bytes, headEnd);
  }
  while (at !== 'bad' && at !== 'end') {
    if (list.takeTail(at)) return list;
    let end = list.takeSame(at);
    if (end === undefined) {
      end = readObject(list, taker, at);
      if (end < 0) return undefined;
    }
    at = nextStart(bytes, end);
    if (slice.spent) await slice.pause();
  }
  return at === 'end' ? list : undefined;
}

/** Where it ends; negative when it is no object. */
function readObject<T>(list: ListInMaking<T>, taker: ObjectTaker<T>, at: number): number {
  const { bytes, values } = list;
  const taken = taker.takeBytes?.(bytes, at, values.length);
  if (taken !== undefined) {
    list.add(at, taken.end, taken.value);
    return taken.end;
  }
  const end = objectEnd(bytes, at);
  const object = end < 0 ? undefined : parseObject(bytes, at, end);
  if (object === undefined) return -1;
  list.add(at, end, taker.take(object, values.length));
  return end;
}

/** So many objects in a row may change or go before those behind them are not known again. */
const mostPassedOver = 4;

const emptyList = {
  bytes: Buffer.alloc(0),
  starts: new NumberList(),
  ends: new NumberList(),
  values: [],
};

class ListInMaking<T> implements ObjectList<T> {
  readonly bytes: Buffer;
  readonly starts = new NumberList();
  readonly ends = new NumberList();
  readonly values: T[] = [];
  readonly #last: ObjectList<T>;
  readonly #headBytes: number;
  /** The first object of before that is in what both lists end with. */
  #tail: number;
  /** The first object of before that may stand next. */
  #next = 0;

  constructor(bytes: Buffer, last: ObjectList<T>) {
    this.bytes = bytes;
    this.#last = last;
    const { headBytes, tailBytes } = commonEdges(last.bytes, bytes);
    this.#headBytes = headBytes;
    const tailStart = last.bytes.length - tailBytes;
    this.#tail = last.starts.length;
    while (this.#tail > 0 && last.starts.at(this.#tail - 1) >= tailStart) this.#tail--;
  }

  add(start: number, end: number, value: T): void {
    this.starts.push(start);
    this.ends.push(end);
    this.values.push(value);
  }

  /** Where the last of the objects ends that both lists begin with; undefined when there is none. */
  takeHead(): number | undefined {
    const { ends } = this.#last;
    while (this.#next < ends.length && ends.at(this.#next) <= this.#headBytes) this.#next++;
    this.#takeAgain(0, this.#next, 0);
    return this.ends.length === 0 ? undefined : this.ends.at(this.ends.length - 1);
  }

  /** Whether all from the object that starts here on is as before: then it is taken. */
  takeTail(start: number): boolean {
    const { bytes, starts } = this.#last;
    const moved = this.bytes.length - bytes.length;
    while (this.#tail < starts.length && starts.at(this.#tail) + moved < start) this.#tail++;
    if (this.#tail === starts.length || starts.at(this.#tail) + moved !== start) return false;
    this.#takeAgain(this.#tail, starts.length, moved);
    return true;
  }

  /** Takes an object of before that stands here now, too, and says where it ends. */
  takeSame(start: number): number | undefined {
    const { bytes, starts, ends } = this.#last;
    const last = Math.min(this.#next + mostPassedOver, starts.length - 1);
    for (let i = this.#next; i <= last; i++) {
      const end = start + ends.at(i) - starts.at(i);
      if (end > this.bytes.length) continue;
      if (this.bytes.compare(bytes, starts.at(i), ends.at(i), start, end) !== 0) continue;
      this.#next = i + 1;
      this.#takeAgain(i, this.#next, start - starts.at(i));
      return end;
    }
    return undefined;
  }

  /** Those of before from one place up to another, which stand `moved` bytes further on now. */
  #takeAgain(from: number, to: number, moved: number): void {
    const { starts, ends, values } = this.#last;
    this.starts.append(starts, from, to, moved);
    this.ends.append(ends, from, to, moved);
    for (let i = from; i < to; i++) this.values.push(values[i]!);
  }
}

/** Where something stands in a list, or what is there in its place. */
type Place = number | 'end' | 'bad';

function listStart(bytes: Buffer): Place {
  const at = skipBlanks(bytes, 0);
  if (bytes[at] !== openBracket) return 'bad';
  const first = skipBlanks(bytes, at + 1);
  return bytes[first] === closeBracket ? listEnd(bytes, first) : first;
}

/** Where the object after the one that ends at `end` may begin. */
function nextStart(bytes: Buffer, end: number): Place {
  const at = skipBlanks(bytes, end);
  if (bytes[at] === closeBracket) return listEnd(bytes, at);
  return bytes[at] === comma ? skipBlanks(bytes, at + 1) : 'bad';
}

function listEnd(bytes: Buffer, closedAt: number): Place {
  return skipBlanks(bytes, closedAt + 1) === bytes.length ? 'end' : 'bad';
}

function parseObject(bytes: Buffer, start: number, end: number): unknown {
  try {
    // Like Go's, this decoder puts U+FFFD where bytes are no UTF-8.
    return JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    return undefined;
  }
}

/** Behind the brace that closes the one at `start`; negative when there is none. */
function objectEnd(bytes: Buffer, start: number): number {
  if (bytes[start] !== openBrace) return -1;
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) at = stringEnd(bytes, at);
    else if (byte === openBrace) depth++;
    else if (byte === closeBrace && --depth === 0) return at + 1;
  }
  return -1;
}

/** The quote that closes the one at `start`; the end of the bytes when there is none. */
function stringEnd(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) return at;
    if (byte === backslash) at++;
  }
  return bytes.length;
}
