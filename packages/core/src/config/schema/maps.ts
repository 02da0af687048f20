import { z } from 'zod';
import { WrittenScalar } from '../raw-tree.js';
import { textOf } from './leaf.js';

/** Label names to label values; every name but the empty one is valid (UTF-8 names). */
export function labelMap() {
  return mapOf(
    'label names and values',
    'text',
    (value) => textOf(value),
    (name) => (name === '' ? 'an empty label name' : undefined),
  );
}

/** Query parameters: each has a list of values. */
export function parameterMap() {
  return mapOf('parameter names, each with a list of values', 'a list of texts', (value) => {
    if (value === null) return [];
    if (!Array.isArray(value)) return undefined;
    const texts = value.map((item) => (item === null ? undefined : textOf(item)));
    return texts.every((text) => text !== undefined) ? texts : undefined;
  });
}

// What the receiver or the wire format decides (Prometheus' config.go reservedHeaders).
const reservedHeaders = new Set(
  `host content-encoding content-length content-type user-agent connection keep-alive
  proxy-authenticate proxy-authorization www-authenticate accept-encoding
  x-prometheus-remote-write-version x-prometheus-remote-read-version
  x-amz-date x-amz-security-token x-amz-content-sha256`.split(/\s+/),
);

/** HTTP headers that prom-agent does not set itself. */
export function headerMap() {
  return mapOf('header names and values', 'a text in one line', headerValueOf, (name) => {
    if (name.toLowerCase() === 'authorization')
      return 'credentials in a header are refused: they would be shown with the configuration';
    if (reservedHeaders.has(name.toLowerCase()))
      return 'a header that prom-agent sets itself: remove it';
    return /^[!#$%&'*+.^_`|~\w-]+$/.test(name) ? undefined : 'not a valid name of an HTTP header';
  });
}

function headerValueOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && /^[\t\x20-\x7e\x80-\xff]*$/.test(text) ? text : undefined;
}

/**
 * A mapping whose names are data, not fields. `refuseName` returns what is wrong with a name;
 * `read` returns undefined for what is not `expectedValue`.
 */
function mapOf<T>(
  expected: string,
  expectedValue: string,
  read: (value: unknown) => T | undefined,
  refuseName: (name: string) => string | undefined = () => undefined,
) {
  return z.transform((given: unknown, ctx): Record<string, T> => {
    const refuse = (path: string[], words: { message?: string; params?: object }): void => {
      ctx.issues.push({ code: 'custom', input: given, path, ...words });
    };
    const map = given ?? {};
    if (typeof map !== 'object' || Array.isArray(map) || map instanceof WrittenScalar) {
      refuse([], {
        params: {
          expected: { yaml: `a mapping of ${expected}`, options: `an object of ${expected}` },
        },
      });
      return z.NEVER;
    }
    const entries: [string, T][] = [];
    for (const [name, value] of Object.entries(map)) {
      const wrong = refuseName(name);
      const result = read(value);
      if (wrong !== undefined) refuse([name], { message: wrong, params: { aboutName: true } });
      else if (result !== undefined) entries.push([name, result]);
      else
        refuse([name], { params: { expected: { yaml: expectedValue, options: expectedValue } } });
    }
    return Object.fromEntries(entries);
  });
}
