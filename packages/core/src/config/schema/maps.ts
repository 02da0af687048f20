import { z } from 'zod';
import { WrittenScalar } from '../raw-tree.js';
import { textOf } from '../scalar-text.js';
import { type Expected, type IssueParams, secretLeaves } from './leaf.js';

/** Label names to label values; every name but the empty one is valid (UTF-8 names). */
export function labelMap() {
  return mapOf('label names and values', {
    expected: 'text',
    read: textOf,
    refuseName: (name) => (name === '' ? 'an empty label name' : undefined),
  });
}

/** Labels of a group of a Pushgateway; an empty value is one too (prometheus/pushgateway README, "URL"). */
export function groupingMap() {
  return mapOf('label names and values', {
    expected: 'text',
    read: textOf,
    refuseName(name) {
      if (name === '') return 'an empty label name';
      if (name === 'job') return 'the job of a group is a field of its own: put it into job';
      return name.startsWith('__') ? 'no label of a group: these begin with __' : undefined;
    },
  });
}

/** Query parameters: each has a list of values. */
export function parameterMap() {
  return mapOf('parameter names, each with a list of values', {
    expected: 'a list of texts',
    mayBeSecret: true,
    read: textsOf,
  });
}

function textsOf(value: unknown): string[] | undefined {
  if (value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const texts = value.map(textOf);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** Names to texts. */
export function textMap(what: string) {
  return mapOf(what, { expected: 'text', mayBeSecret: true, read: textOf });
}

/** Names to lists of texts that are nobody's to read. */
export function secretListMap(what: string) {
  const map = mapOf(`${what}, each with a list of values`, {
    expected: 'a list of texts',
    mayBeSecret: true,
    read: textsOf,
  });
  secretLeaves.add(map, {});
  return map;
}

const reservedEverywhere = `host content-encoding content-length content-type user-agent connection
  keep-alive proxy-authenticate proxy-authorization www-authenticate accept-encoding
  x-prometheus-remote-write-version x-prometheus-remote-read-version
  x-amz-date x-amz-security-token x-amz-content-sha256`.split(/\s+/);

/** Of a remote_write: what the receiver or the wire format decides (Prometheus' config.go). */
const reservedWriteHeaders: ReadonlySet<string> = new Set(reservedEverywhere);

/** Of `http_headers` (common/config/headers.go). */
export const reservedClientHeaders: ReadonlySet<string> = new Set([
  ...reservedEverywhere,
  'x-prometheus-scrape-timeout-seconds',
]);

/** HTTP headers that prom-agent does not set itself. */
export function headerMap() {
  return mapOf('header names and values', {
    expected: 'a text in one line',
    mayBeSecret: true,
    read: headerValueOf,
    refuseName: (name) => headerNameFault(name, reservedWriteHeaders),
  });
}

function headerValueOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && /^[\t\x20-\x7e\x80-\xff]*$/.test(text) ? text : undefined;
}

/** What is wrong with the name of a header. */
export function headerNameFault(name: string, reserved: ReadonlySet<string>): string | undefined {
  if (name.toLowerCase() === 'authorization') {
    return 'credentials in a header are refused: they would be shown with the configuration';
  }
  if (reserved.has(name.toLowerCase())) {
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
    const from: unknown = given ?? {};
    if (!isRecord(from)) {
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

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) && !(value instanceof WrittenScalar) && !(value instanceof Map);
}
