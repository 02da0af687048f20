import { PromAgentError } from '../../errors.js';
import { metricNameLabel } from '../../model/labels.js';
import { checkRegex } from '../../relabel/regex.js';
import { readQuoted } from './quoted.js';
import { SelectorReader } from './selector-reader.js';

/** One condition of a selector; a label that is not there counts as empty. */
export interface LabelMatcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** All of them must hold. Without any, nothing is selected (as Prometheus' index has it). */
export type Selector = readonly LabelMatcher[];

const operators = ['=~', '!~', '!=', '='] as const;

// Words the PromQL grammar does not take for a metric's name, in any spelling (generated_parser.y,
// metric_identifier).
const reserved = new Set('atan2 bool group_left group_right ignoring inf nan on'.split(' '));

/**
 * Reads an instant vector selector of PromQL: `name`, `{a="b"}`, `name{a=~"b|c", d!="e"}`,
 * `{"utf-8 name"}`. As /federate of Prometheus has it: a selector may match series without labels it
 * names (`{job=~".*"}`), which queries forbid.
 *
 * @throws PromAgentError SELECTOR_INVALID with `selector`, `line` and `column`, worded as Prometheus'.
 */
export function parseSelector(text: string): Selector {
  const reader = new SelectorReader(text);
  const matchers: LabelMatcher[] = [];
  const nameAt = reader.skipBlank();
  const name = reader.take(/[a-zA-Z_:][a-zA-Z0-9_:]*/y);
  if (name !== undefined) {
    if (reserved.has(name.toLowerCase())) throw reader.error(nameAt, `unexpected <${name}>`);
    matchers.push({ label: metricNameLabel, operator: '=', value: name });
    reader.skipBlank();
  }
  if (reader.take(/\{/y) !== undefined) readMatchers(reader, matchers);
  else if (name === undefined) throw reader.unexpected('');
  reader.skipBlank();
  if (!reader.atEnd) throw reader.unexpected('');
  return matchers;
}

/** Reads every `match[]` of a request. @throws PromAgentError SELECTOR_INVALID */
export function parseSelectors(match: readonly string[]): Selector[] {
  return match.map(parseSelector);
}

/** What follows `{`, up to and with `}`; a comma may stand after the last one. */
function readMatchers(reader: SelectorReader, matchers: LabelMatcher[]): void {
  reader.skipBlank();
  while (reader.take(/\}/y) === undefined) {
    matchers.push(readMatcher(reader));
    reader.skipBlank();
    if (reader.take(/,/y) !== undefined) reader.skipBlank();
    else if (reader.next !== '}')
      throw reader.unexpected(' in label matching, expected "," or "}"');
  }
}

function readMatcher(reader: SelectorReader): LabelMatcher {
  const quoted = readQuoted(reader);
  const label = quoted ?? reader.take(/[a-zA-Z_][a-zA-Z0-9_]*/y);
  if (label === undefined)
    throw reader.unexpected(' in label matching, expected identifier or "}"');
  reader.skipBlank();
  const operator = operators.find((candidate) => reader.takeText(candidate));
  if (operator === undefined) {
    // A quoted string alone is the metric's name.
    if (quoted !== undefined) return { label: metricNameLabel, operator: '=', value: quoted };
    throw reader.unexpected(' in label matching, expected label matching operator');
  }
  const valueAt = reader.skipBlank();
  const value = readQuoted(reader);
  if (value === undefined) throw reader.unexpected(' in label matching, expected string');
  if (operator === '=~' || operator === '!~') {
    const problem = checkRegex(value);
    if (problem !== undefined) throw reader.error(valueAt, `error parsing regexp: ${problem}`);
  }
  return { label, operator, value };
}

/** True for what {@link parseSelector} throws. */
export function isSelectorError(error: unknown): error is PromAgentError {
  return PromAgentError.is(error) && error.code === 'SELECTOR_INVALID';
}
