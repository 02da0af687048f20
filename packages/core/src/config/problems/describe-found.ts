import { WrittenScalar } from '../raw-tree.js';

const longestQuote = 60;
const looksLikeNumberOrFlag = /^(?:[-+.]?\d[\w.+-]*|true|false|yes|no|on|off)$/i;

/** What stands in the configuration, short, in words for an error; `user:password@` is masked. */
export function describeFound(value: unknown, inOptions: boolean): string {
  if (value === null) return inOptions ? 'null' : 'nothing';
  if (value instanceof WrittenScalar) return describeScalar(value);
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) {
    const list = inOptions ? 'array' : 'list';
    return value.length === 0 ? `an empty ${list}` : `${inOptions ? 'an' : 'a'} ${list}`;
  }
  if (value instanceof Map) return 'a Map';
  if (typeof value === 'object') return inOptions ? 'an object' : 'a mapping';
  return typeof value === 'function' ? 'a function' : String(value);
}

function describeScalar({ text, plain }: WrittenScalar): string {
  if (!looksLikeNumberOrFlag.test(text)) return quote(text);
  return plain ? text : `the text ${quote(text)}`;
}

function quote(text: string): string {
  const masked = text.includes('://')
    ? text.replace(/:\/\/.*@/s, '://…@')
    : text.replace(/^[^@]*:.*@/s, '…@');
  return JSON.stringify(
    masked.length > longestQuote ? `${masked.slice(0, longestQuote)}…` : masked,
  );
}
