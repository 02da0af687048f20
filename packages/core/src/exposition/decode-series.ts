import { PromAgentError } from '../errors.js';
import { byte, byteClass, labelRest, nameRest, skip } from './bytes.js';
import { formatGoFloat, parseGoFloat } from './go-float.js';
import { quotedEnd, unescapeLabel } from './quoted.js';
import { type SeriesContext, seriesContext } from './series-context.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The labels of a series from its text: `__name__` first, then the others in written order,
 * unescaped, empty values kept (honor_labels looks at them), `le` and `quantile` in Go's float form
 * where the context asks for it.
 *
 * `key` is a text that a parser has accepted. Throws EXPOSITION_SYNTAX for what Prometheus' parser
 * takes and its storage refuses: a label twice, an empty name, a name that is not UTF-8.
 */
export function decodeSeries(
  key: Uint8Array,
  context: SeriesContext,
): [name: string, value: string][] {
  const labels: [string, string][] = [['__name__', '']];
  // Blanks before a bare name are part of it (promparse takes it from the start of the line).
  const nameEnd = skip(key, skip(key, 0, key.length, byteClass.blank), key.length, nameRest);
  let named = nameEnd > 0 && (key[nameEnd - 1] ?? 0) > byte.space;
  if (named) labels[0]![1] = text(key, 0, nameEnd);
  let i = skip(key, nameEnd, key.length, byteClass.blank) + 1;
  for (;;) {
    i = skipSeparators(key, i);
    if (i >= key.length || key[i] === byte.braceClose) break;
    const start = i;
    i = labelNameEnd(key, i);
    const name = labelName(key, start, i);
    i = skip(key, i, key.length, byteClass.blank);
    if (key[i] !== byte.equal) {
      labels[0]![1] = name;
      named = true;
      continue;
    }
    const open = skip(key, i + 1, key.length, byteClass.blank);
    i = quotedEnd(key, open, key.length, true, true);
    labels.push([name, normalValue(name, unescapeLabel(text(key, open + 1, i - 1)), context)]);
  }
  check(key, labels, named);
  return labels;
}

function skipSeparators(key: Uint8Array, from: number): number {
  let i = from;
  while (i < key.length && (key[i] === byte.comma || key[i] === byte.space || key[i] === byte.tab))
    i++;
  return i;
}

function labelNameEnd(key: Uint8Array, start: number): number {
  const end =
    key[start] === byte.quote ? quotedNameEnd(key, start) : skip(key, start, key.length, labelRest);
  if (end === start) throw refused(key, 'a label name');
  return end;
}

/** A name may hold anything but a quote: what the text formats' lexers refuse, protobuf allows. */
function quotedNameEnd(key: Uint8Array, open: number): number {
  let i = open + 1;
  while (i < key.length && key[i] !== byte.quote) i += key[i] === byte.backslash ? 2 : 1;
  return i + 1;
}

function labelName(key: Uint8Array, start: number, end: number): string {
  return key[start] === byte.quote
    ? unescapeLabel(text(key, start + 1, end - 1))
    : text(key, start, end);
}

function normalValue(name: string, value: string, context: SeriesContext): string {
  const isBound =
    (context === seriesContext.histogram && name === 'le') ||
    (context === seriesContext.summary && name === 'quantile');
  const bound = isBound ? parseGoFloat(value) : undefined;
  return bound === undefined ? value : formatGoFloat(bound);
}

function check(key: Uint8Array, labels: [string, string][], named: boolean): void {
  if (!named || labels[0]![1] === '') throw refused(key, 'a metric name that is not empty');
  const seen = new Set<string>();
  for (const [name] of labels) {
    if (name === '') throw refused(key, 'label names that are not empty');
    if (seen.has(name)) throw refused(key, `label ${JSON.stringify(name)} only once`);
    seen.add(name);
  }
}

function text(key: Uint8Array, start: number, end: number): string {
  try {
    return utf8.decode(key.subarray(start, end));
  } catch {
    throw refused(key, 'UTF-8');
  }
}

function refused(key: Uint8Array, expected: string): PromAgentError {
  const series = new TextDecoder().decode(key.subarray(0, 200));
  return new PromAgentError('EXPOSITION_SYNTAX', `series ${series}: expected ${expected}`, {
    data: { series, expected },
  });
}
