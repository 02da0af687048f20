import { z } from 'zod';
import { WrittenScalar } from '../raw-tree.js';
import { type Expected, type IssueParams, textOf } from './leaf.js';

/** Label names to label values; every name but the empty one is valid (UTF-8 names). */
export function labelMap() {
  return mapOf('label names and values', {
    expected: 'text',
    read: textOf,
    refuseName: (name) => (name === '' ? 'an empty label name' : undefined),
  });
}

/** Query parameters: each has a list of values. */
export function parameterMap() {
  return mapOf('parameter names, each with a list of values', {
    expected: 'a list of texts',
    mayBeSecret: true,
    read(value) {
      if (value === null) return [];
      if (!Array.isArray(value)) return undefined;
      const texts = value.map((item) => (item === null ? undefined : textOf(item)));
      return texts.every((text) => text !== undefined) ? texts : undefined;
    },
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
  return mapOf('header names and values', {
    expected: 'a text in one line',
    mayBeSecret: true,
    read: headerValueOf,
    refuseName: headerNameFault,
  });
}

function headerValueOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && /^[\t\x20-\x7e\x80-\xff]*$/.test(text) ? text : undefined;
}

function headerNameFault(name: string): string | undefined {
  if (name.toLowerCase() === 'authorization') {
    return 'credentials in a header are refused: they would be shown with the configuration';
  }
  if (reservedHeaders.has(name.toLowerCase())) {
    return 'a header that prom-agent sets itself: remove it';
  }
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(name) ? undefined : 'not a valid name of an HTTP header';
}

/** What the names and values of a {@link mapOf} may be. */
interface Entries<T> {
  /** What `read` understands; it returns undefined for everything else. */
  readonly expected: string;
  read(value: unknown): T | undefined;
  /** What is wrong with a name. */
  refuseName?(name: string): string | undefined;
  /** A value may hold a token, so that no error shows it. */
  readonly mayBeSecret?: true;
}

/** A mapping whose names are data, not fields. */
function mapOf<T>(what: string, entries: Entries<T>) {
  const map: Expected = { yaml: `a mapping of ${what}`, options: `an object of ${what}` };
  return z.transform((given: unknown, ctx): Record<string, T> => {
    const refuse = (path: string[], message: string, params: IssueParams = {}): void => {
      ctx.issues.push({ code: 'custom', input: given, path, message, params });
    };
    const from = given ?? {};
    if (typeof from !== 'object' || Array.isArray(from) || from instanceof WrittenScalar) {
      refuse([], '', { expected: map });
      return z.NEVER;
    }
    const read: [string, T][] = [];
    for (const [name, value] of Object.entries(from)) {
      const fault = entries.refuseName?.(name);
      const result = entries.read(value);
      const { expected, mayBeSecret } = entries;
      if (fault !== undefined) refuse([name], fault, { aboutName: true });
      else if (result !== undefined) read.push([name, result]);
      else if (mayBeSecret) refuse([name], `expected ${expected}`);
      else refuse([name], '', { expected: { yaml: expected, options: expected } });
    }
    return Object.fromEntries(read);
  });
}
