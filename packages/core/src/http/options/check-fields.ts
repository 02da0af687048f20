import { PromAgentError } from '../../errors.js';
import { invalid } from './check-metric-text.js';

/** What a field may be. The options of a service in JavaScript have no other check. */
export interface Kind {
  /** For `expected …, got …`. */
  readonly expected: string;
  fits(value: unknown): boolean;
  /** Of an object, where it is one. */
  readonly fields?: Fields;
}

/** `any`: it is checked elsewhere. */
export type Fields = Readonly<Record<string, Kind | 'any'>>;

const isText = (value: unknown): value is string => typeof value === 'string';
const isFunction = (value: unknown): boolean => typeof value === 'function';
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isPattern = (value: unknown): boolean => isText(value) || value instanceof RegExp;

function listOf(what: string, isOne: (value: unknown) => boolean): Kind {
  return {
    expected: `a list of ${what}`,
    fits: (value) => Array.isArray(value) && value.every(isOne),
  };
}

export const text: Kind = { expected: 'a text', fits: isText };
export const flag: Kind = {
  expected: 'true or false',
  fits: (value) => typeof value === 'boolean',
};
export const aFunction: Kind = { expected: 'a function', fits: isFunction };
export const numbers = listOf('numbers', (value) => typeof value === 'number');
export const texts = listOf('texts', isText);
export const patterns = listOf('texts and regular expressions', isPattern);
export const labelName: Kind = {
  expected: 'a text, or false',
  fits: (value) => isText(value) || value === false,
};

export function object(fields: Fields): Kind {
  return { expected: 'an object', fits: isObject, fields };
}

export function objectOrFlag(fields: Fields): Kind {
  const fits = (value: unknown) => isObject(value) || typeof value === 'boolean';
  return { expected: 'true, false or an object', fits, fields };
}

/** Names of labels of the app, with a text or a function each. */
export const labels: Kind = {
  expected: 'texts and functions by name',
  fits: (value) =>
    isObject(value) && Object.values(value).every((one) => isText(one) || isFunction(one)),
};

/** A field that is not known, or that is not what it has to be. @throws PromAgentError CONFIG_INVALID */
export function checkFields(path: string, options: unknown, fields: Fields): void {
  if (!isObject(options)) throw invalid(path, options, 'an object');
  for (const [name, value] of Object.entries(options)) {
    const field = `${path}.${name}`;
    const kind = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (kind === undefined) {
      const expected = Object.keys(fields).join(', ');
      const words = `${field}: unknown field, expected one of ${expected}`;
      throw new PromAgentError('CONFIG_INVALID', words, { data: { field } });
    }
    if (kind === 'any' || value === undefined) continue;
    if (!kind.fits(value)) throw invalid(field, value, kind.expected);
    if (kind.fields !== undefined && isObject(value)) checkFields(field, value, kind.fields);
  }
}
