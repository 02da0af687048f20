import { byte, labelRest, nameRest, skip } from '../../exposition/bytes.js';
import { type Labels, metricNameLabel } from '../../model/labels.js';
import type { LabelEncoder } from './label-encoder.js';
import {
  fieldsOf,
  labelTag,
  nameOf,
  nameTag,
  valueTag,
  varintLength,
  writeVarint,
} from './label-fields.js';

/** More labels go the long way. */
const mostLabels = 64;

/** A label that all series have, or the place of the metric's name. */
interface FixedLabel {
  readonly name: Uint8Array;
  /** The whole label as remote-write bytes; undefined for the metric's name. */
  readonly field: Uint8Array | undefined;
}

const metricName = new TextEncoder().encode(metricNameLabel);

// The work of one call, so the targets of a thread share its memory: 5 KiB each.
let scratch = new Uint8Array(4096);
/** Where the labels of the series begin and end, sorted by name. */
const nameStarts = new Int32Array(mostLabels);
const nameEnds = new Int32Array(mostLabels);
const valueEnds = new Int32Array(mostLabels);

/**
 * Makes the remote-write bytes of a series straight from its text, where nothing is to be decided: no
 * rule, no escape, ASCII alone, no label that the target has too. A series that is met for the first
 * time costs a fifth of the way over strings, and of an exporter's series nearly all are such.
 */
export class PlainSeries {
  readonly #fixed: readonly FixedLabel[];
  #count = 0;

  /** @param target labels that every series gets */
  constructor(target: Labels, encoder: LabelEncoder) {
    const named = new Map(target).set(metricNameLabel, 'x');
    this.#fixed = fieldsOf(encoder.encode(named)).map((field) => {
      const name = nameOf(field);
      return { name, field: Buffer.compare(name, metricName) === 0 ? undefined : field };
    });
  }

  /**
   * The labels of a series, a view that is valid until the next call for any target; undefined when it
   * takes the long way. `key` is a text that a parser has accepted, outside of histograms and summaries.
   */
  encode(key: Uint8Array): Uint8Array | undefined {
    const nameEnd = skip(key, 0, key.length, nameRest);
    if (nameEnd === 0 || !this.#readLabels(key, nameEnd)) return undefined;
    return this.#write(key, nameEnd);
  }

  /** False when there is more to it than names and values. */
  #readLabels(key: Uint8Array, nameEnd: number): boolean {
    this.#count = 0;
    const last = key.length - 1;
    if (nameEnd > last) return true;
    if (key[nameEnd] !== byte.braceOpen || key[last] !== byte.braceClose) return false;
    let i = nameEnd + 1;
    while (i < last) {
      const end = skip(key, i, last, labelRest);
      if (end === i || key[end] !== byte.equal || key[end + 1] !== byte.quote) return false;
      const valueEnd = plainEnd(key, end + 2, last);
      // An empty value takes a label of the target away, or is none.
      if (valueEnd <= end + 2 || key[valueEnd] !== byte.quote) return false;
      if (!this.#insert(key, i, end, valueEnd)) return false;
      i = valueEnd + 1;
      if (i === last) return true;
      if (key[i] !== byte.comma) return false;
      i++;
    }
    return i === last;
  }

  /** False when the label is there already, or one too many. */
  #insert(key: Uint8Array, start: number, end: number, valueEnd: number): boolean {
    const starts = nameStarts;
    const ends = nameEnds;
    let at = this.#count;
    if (at === mostLabels) return false;
    // Exporters mostly write them sorted.
    for (; at > 0; at--) {
      const order = compare(key, starts[at - 1]!, ends[at - 1]!, key, start, end);
      if (order === 0) return false;
      if (order < 0) break;
      starts[at] = starts[at - 1]!;
      ends[at] = ends[at - 1]!;
      valueEnds[at] = valueEnds[at - 1]!;
    }
    starts[at] = start;
    ends[at] = end;
    valueEnds[at] = valueEnd;
    this.#count++;
    return true;
  }

  #write(key: Uint8Array, nameEnd: number): Uint8Array | undefined {
    this.#reserve(key.length);
    let at = 0;
    let next = 0;
    for (const { name, field } of this.#fixed) {
      for (; next < this.#count; next++) {
        const start = nameStarts[next]!;
        const order = compare(key, start, nameEnds[next]!, name, 0, name.length);
        if (order === 0) return undefined;
        if (order > 0) break;
        at = this.#writeLabel(at, key, next);
      }
      if (field === undefined)
        at = this.#writeField(at, metricName, 0, metricName.length, key, 0, nameEnd);
      else at = copy(field, 0, field.length, scratch, at);
    }
    for (; next < this.#count; next++) at = this.#writeLabel(at, key, next);
    return scratch.subarray(0, at);
  }

  #writeLabel(at: number, key: Uint8Array, label: number): number {
    const nameEnd = nameEnds[label]!;
    const start = nameStarts[label]!;
    return this.#writeField(at, key, start, nameEnd, key, nameEnd + 2, valueEnds[label]!);
  }

  #writeField(
    start: number,
    name: Uint8Array,
    nameFrom: number,
    nameTo: number,
    value: Uint8Array,
    valueFrom: number,
    valueTo: number,
  ): number {
    const out = scratch;
    const nameBytes = nameTo - nameFrom;
    const valueBytes = valueTo - valueFrom;
    const inner = 2 + varintLength(nameBytes) + nameBytes + varintLength(valueBytes) + valueBytes;
    let at = start;
    out[at++] = labelTag;
    at = writeVarint(out, at, inner);
    out[at++] = nameTag;
    at = writeVarint(out, at, nameBytes);
    at = copy(name, nameFrom, nameTo, out, at);
    out[at++] = valueTag;
    at = writeVarint(out, at, valueBytes);
    return copy(value, valueFrom, valueTo, out, at);
  }

  #reserve(keyBytes: number): void {
    let needed = keyBytes + 16 * (mostLabels + 1);
    for (const { field } of this.#fixed) needed += field?.length ?? 0;
    if (needed > scratch.length) scratch = new Uint8Array(needed * 2);
  }
}

/** Where a value ends that is plain ASCII without an escape; else at the byte that is not. */
function plainEnd(key: Uint8Array, from: number, to: number): number {
  let i = from;
  for (; i < to; i++) {
    const b = key[i]!;
    if (b === byte.quote || b === byte.backslash || b === byte.nul || b > 0x7f) break;
  }
  return i;
}

/** Go's string order: by bytes, then by length. */
function compare(
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): number {
  const length = Math.min(aTo - aFrom, bTo - bFrom);
  for (let i = 0; i < length; i++) {
    const difference = a[aFrom + i]! - b[bFrom + i]!;
    if (difference !== 0) return difference;
  }
  return aTo - aFrom - (bTo - bFrom);
}

function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  let place = at;
  for (let i = start; i < end; i++) to[place++] = from[i]!;
  return place;
}
