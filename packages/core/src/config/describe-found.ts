import { WrittenScalar } from './raw-tree.js';

const longestQuote = 60;
const looksLikeNumberOrFlag = /^(?:[-+.]?\d[\w.+-]*|true|false|yes|no|on|off)$/i;

/** What stands in the configuration, short, in words for an error; credentials in URLs are masked. */
export function describeFound(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (value instanceof WrittenScalar) {
    if (!looksLikeNumberOrFlag.test(value.text)) return quote(value.text);
    return value.plain ? value.text : `the text ${quote(value.text)}`;
  }
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'function' ? 'a function' : String(value);
}

function quote(text: string): string {
  const masked = text.replace(/(:\/\/).*@/g, '$1…@');
  return JSON.stringify(
    masked.length > longestQuote ? `${masked.slice(0, longestQuote)}…` : masked,
  );
}
