import { WrittenScalar } from './raw-tree.js';

/** The text of a scalar as written; undefined for anything but text. */
export function textOf(value: unknown): string | undefined {
  if (value === null) return '';
  return value instanceof WrittenScalar
    ? value.text
    : typeof value === 'string'
      ? value
      : undefined;
}
