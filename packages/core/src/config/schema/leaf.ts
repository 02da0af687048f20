import { z } from 'zod';
import { parseByteSize } from '../byte-size.js';
import { parseDuration } from '../duration.js';
import { WrittenScalar } from '../raw-tree.js';
import { textOf } from '../scalar-text.js';

/** What a field expects, in the words of YAML and of TypeScript options. */
export interface Expected {
  readonly yaml: string;
  readonly options: string;
}

/** What an issue of ours says beside its message. */
export interface IssueParams {
  /** In place of a message: what should stand there. */
  readonly expected?: Expected;
  /** The message is about the name the path ends with, not about its value. */
  readonly aboutName?: true;
}

/** Returned by a leaf's reader to say more than what the leaf says by itself. */
export class Refusal {
  readonly expected: Expected;

  constructor(expected: string | Expected) {
    this.expected = typeof expected === 'string' ? { yaml: expected, options: expected } : expected;
  }
}

/** Leaves whose value is never shown, neither in an error nor with the configuration. */
export const secretLeaves = z.registry<Record<never, never>>();

/** Suffix of a leaf's name in TypeScript options, where a number carries its unit. */
export const leafUnits = z.registry<{ suffix: 'Ms' | 'Bytes' }>();

/**
 * A field that is no block and no list. `read` gets null, a WrittenScalar or a value of TypeScript
 * options and returns undefined when that is not what the field expects. Null (a name with nothing
 * after it) is the zero of its type, as in Prometheus (go-yaml).
 */
export function leaf<T>(
  expected: string | Expected,
  read: (value: unknown) => T | Refusal | undefined,
) {
  const usual = new Refusal(expected);
  return z.transform((value: unknown, ctx): T => {
    const result = value === undefined ? undefined : (read(value) ?? usual);
    if (result !== undefined && !(result instanceof Refusal)) return result;
    const { expected } = result ?? usual;
    ctx.issues.push({ code: 'custom', input: value, params: { expected } });
    return z.NEVER;
  });
}

/** Any scalar, as the text it was written as. */
export function text(expected = 'text') {
  return leaf(expected, textOf);
}

export function nonEmptyText(expected: string) {
  return leaf(expected, (value) => textOf(value) || undefined);
}

/** A text that is nobody's to read. */
export function secret(expected = 'text') {
  const schema = leaf(expected, textOf);
  secretLeaves.add(schema, {});
  return schema;
}

const trueWords = new Set([
  'y',
  'Y',
  'yes',
  'Yes',
  'YES',
  'true',
  'True',
  'TRUE',
  'on',
  'On',
  'ON',
]);
const falseWords = new Set([
  'n',
  'N',
  'no',
  'No',
  'NO',
  'false',
  'False',
  'FALSE',
  'off',
  'Off',
  'OFF',
]);

/** true or false; YAML 1.1's yes, no, on and off too, as Prometheus. */
export function flag() {
  return leaf({ yaml: 'true or false without quotes', options: 'true or false' }, flagOf);
}

function flagOf(value: unknown): boolean | undefined {
  if (value === null) return false;
  if (typeof value === 'boolean') return value;
  if (!(value instanceof WrittenScalar) || !value.plain) return undefined;
  return trueWords.has(value.text) || (falseWords.has(value.text) ? false : undefined);
}

/** A whole number in a range. */
export function count(least: number, most = Number.MAX_SAFE_INTEGER) {
  const range =
    most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return leaf(`a whole number ${range}`, (value) => {
    const number = value === null ? 0 : numberOf(value);
    if (value instanceof WrittenScalar) return inRange(wholeNumber(number), least, most);
    return Number.isSafeInteger(number) ? inRange(number, least, most) : undefined;
  });
}

function inRange(number: number | undefined, least: number, most: number): number | undefined {
  return number !== undefined && number >= least && number <= most ? number : undefined;
}

/** go-yaml cuts a fraction off, and takes 64 bits: what is beyond 2^53 is as good as no limit. */
function wholeNumber(number: number | undefined): number | undefined {
  if (number === undefined || !(Math.abs(number) <= 2 ** 64)) return undefined;
  return Math.min(Math.trunc(number) + 0, Number.MAX_SAFE_INTEGER);
}

/** Any number, `.inf` too. */
export function decimal() {
  return leaf('a number', (value) => (value === null ? 0 : numberOf(value)));
}

const infinities: Readonly<Record<string, number>> = {
  '.inf': Number.POSITIVE_INFINITY,
  '+.inf': Number.POSITIVE_INFINITY,
  '-.inf': Number.NEGATIVE_INFINITY,
  '.nan': Number.NaN,
};

const numberPattern = /^[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;
const prefixedPattern = /^([-+]?)(0(?:[xX][\da-fA-F_]+|[oO][0-7_]+|[bB][01_]+))$/;

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (!(value instanceof WrittenScalar) || !value.plain) return undefined;
  const { text } = value;
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  const [, sign, digits] = prefixedPattern.exec(text) ?? [];
  if (digits !== undefined) {
    const number = Number(digits.replaceAll('_', ''));
    return sign === '-' ? -number : number;
  }
  const infinity = infinities[text.toLowerCase()];
  if (infinity !== undefined) return infinity;
  return numberPattern.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}

/** A Prometheus duration, in ms; in options a number of milliseconds. */
export function duration() {
  const expected = {
    yaml: 'a duration such as 15s or 1h30m',
    options: 'a whole number of milliseconds, 0 or more',
  };
  const schema = leaf(expected, (value) => measureOf(value, parseDuration));
  leafUnits.add(schema, { suffix: 'Ms' });
  return schema;
}

/** A Prometheus size in bytes; in options a number of bytes. */
export function byteSize(least = 0) {
  const expected = {
    yaml:
      least === 0 ? 'a size such as 512KB, 10MB or 1GB' : `a size of at least ${least / 2 ** 20}MB`,
    options: `a whole number of bytes, ${least} or more`,
  };
  const schema = leaf(expected, (value) => {
    const bytes = measureOf(value, parseByteSize);
    return bytes !== undefined && bytes >= least ? bytes : undefined;
  });
  leafUnits.add(schema, { suffix: 'Bytes' });
  return schema;
}

function measureOf(
  value: unknown,
  parse: (text: string) => number | undefined,
): number | undefined {
  if (value === null) return 0;
  if (value instanceof WrittenScalar) return parse(value.text);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** One of a few words; the empty one, if it is among them, is not worth telling. */
export function oneOf<const T extends string>(
  words: readonly T[],
  normalize = (word: string) => word,
) {
  return leaf(`one of ${words.filter((word) => word !== '').join(', ')}`, (value) => {
    const word = textOf(value);
    return word === undefined ? undefined : words.find((known) => known === normalize(word));
  });
}
