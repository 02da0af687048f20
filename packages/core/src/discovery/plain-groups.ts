import { asciiText, isAsciiAt } from '../model/ascii-text.js';
import type { LabelNames } from '../model/compact-labels.js';
import type { TextPages } from '../model/text-pages.js';
import type { SharedTexts } from './shared-texts.js';

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const firstPrintable = 0x20;
const lastAscii = 0x7f;
const notPlain = -1;
/** FNV-1a, 32 bits. */
const hashStart = 0x811c9dc5;
const hashFactor = 0x01000193;

/** Where what is read of groups goes. */
export interface PlainGroupParts {
  /** Of labels that each group has; others of these names are not read here. */
  readonly firstNames: LabelNames;
  readonly texts: SharedTexts;
  /** Of targets that are alone in their group. */
  readonly addresses: TextPages;
}

/**
 * Reads groups of JSON that are written as nearly all are, one target and its labels in plain ASCII, byte by byte: of
 * what ten thousand groups have in common no texts and no objects are made. All others are JSON.parse's. A few long
 * functions and not many short ones: each would be compiled by itself, while the host waits for its core.
 */
export class PlainGroups {
  /** Of the labels of the group that was read last. */
  names: LabelNames;
  readonly #parts: PlainGroupParts;

  constructor(parts: PlainGroupParts) {
    this.#parts = parts;
    this.names = parts.firstNames;
  }

  /** Returns where the group ends; negative when it is written in another way: then nothing of it counts. */
  read(bytes: Uint8Array, start: number): number {
    let hasTarget = false;
    let hasLabels = false;
    let at = start;
    let byte = bytes[at];
    if (byte !== openBrace) return notPlain;
    do {
      at = skipBlanks(bytes, at + 1);
      if (!hasTarget && isAsciiAt('"targets"', bytes, at)) {
        at = this.#readTarget(bytes, behindColon(bytes, at + '"targets"'.length));
        hasTarget = true;
      } else if (!hasLabels && isAsciiAt('"labels"', bytes, at)) {
        at = this.#readLabels(bytes, behindColon(bytes, at + '"labels"'.length));
        hasLabels = true;
      } else return notPlain;
      if (at < 0) return notPlain;
      at = skipBlanks(bytes, at);
      byte = bytes[at];
    } while (byte === comma);
    return hasTarget && hasLabels && byte === closeBrace ? at + 1 : notPlain;
  }

  /** Of a list of one text; returns where it ends. */
  #readTarget(bytes: Uint8Array, start: number): number {
    if (bytes[start] !== openBracket) return notPlain;
    const textStart = skipBlanks(bytes, start + 1) + 1;
    const textEnd = bytes[textStart - 1] === quote ? plainTextEnd(bytes, textStart) : notPlain;
    if (textEnd < 0) return notPlain;
    const at = skipBlanks(bytes, textEnd + 1);
    if (bytes[at] !== closeBracket) return notPlain;
    this.#parts.addresses.addBytes(bytes, textStart, textEnd);
    return at + 1;
  }

  /** Of a mapping of texts to texts; returns where it ends. */
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: a parser's hot loop, see above
  #readLabels(bytes: Uint8Array, start: number): number {
    const { firstNames, texts } = this.#parts;
    let names = firstNames;
    let at = start;
    if (bytes[at] !== openBrace) return notPlain;
    do {
      at = skipBlanks(bytes, at + 1);
      if (bytes[at] !== quote) return notPlain;
      at++;
      // Most often the names of a group are those of the one before.
      let next = names.last;
      let end = at + names.lastName.length;
      if (next === undefined || !isAsciiAt(names.lastName, bytes, at) || bytes[end] !== quote) {
        end = plainTextEnd(bytes, at);
        next = end < 0 ? undefined : otherNames(names, bytes, at, end);
        if (next === undefined) return notPlain;
      }
      at = behindColon(bytes, end + 1);
      if (bytes[at] !== quote) return notPlain;
      const textStart = ++at;
      let hash = hashStart;
      let byte = bytes[at];
      while (byte !== quote) {
        if (byte === undefined || byte < firstPrintable || byte > lastAscii || byte === backslash) {
          return notPlain;
        }
        hash = Math.imul(hash ^ byte, hashFactor);
        byte = bytes[++at];
      }
      // An empty one is no label.
      if (at > textStart) {
        names = next;
        texts.addBytes(bytes, textStart, at, hash >>> 0);
      }
      at = skipBlanks(bytes, at + 1);
    } while (bytes[at] === comma);
    this.names = names;
    return bytes[at] === closeBrace ? at + 1 : notPlain;
  }
}

/** The names and another one; undefined for one that is among them, or none. */
function otherNames(
  names: LabelNames,
  bytes: Uint8Array,
  start: number,
  end: number,
): LabelNames | undefined {
  const name = asciiText(bytes, start, end);
  return name === '' || names.list.includes(name) ? undefined : names.and(name);
}

/** Negative when it is not plain. */
function plainTextEnd(bytes: Uint8Array, start: number): number {
  for (let at = start; ; at++) {
    const byte = bytes[at];
    if (byte === quote) return at;
    if (byte === undefined || byte < firstPrintable || byte > lastAscii || byte === backslash) {
      return notPlain;
    }
  }
}

/** Where the value of a field begins. */
function behindColon(bytes: Uint8Array, from: number): number {
  const at = skipBlanks(bytes, from);
  return bytes[at] === colon ? skipBlanks(bytes, at + 1) : bytes.length;
}

/** Where the first byte stands that is no blank of JSON. */
export function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let byte = bytes[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; ) {
    byte = bytes[++at];
  }
  return at;
}
