import type { AnchoredRegex, Groups } from './regex.js';

/** A text with `$1`, `${1}`, `$name` and `${name}` in it. */
export interface Template {
  /** What it always gives; undefined when it depends on a match. */
  readonly constant: string | undefined;
  expand(groups: Groups): string;
}

/** Plain text, or the numbers of the groups that a reference may mean. */
type Part = string | readonly number[];

// A reference as Go's regexp.Expand reads it: the longest name of letters, digits and underscores.
const reference = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/**
 * Compiles a template with the rules of Go's regexp.Expand: `$$` is a dollar, `$1x` is the group
 * `1x` and not group 1, a group that is unknown or took no part is empty, any other `$` is itself.
 */
export function compileTemplate(template: string, regex: AnchoredRegex): Template {
  const parts: Part[] = [];
  let end = 0;
  for (const match of template.matchAll(reference)) {
    parts.push(template.slice(end, match.index));
    end = match.index + match[0].length;
    const name = match[1] ?? match[2];
    parts.push(name === undefined ? '$' : groupNumbers(name, regex));
  }
  parts.push(template.slice(end));
  if (parts.every((part) => typeof part === 'string')) return constantTemplate(parts.join(''));
  return { constant: undefined, expand: (groups) => expand(parts, groups) };
}

function constantTemplate(constant: string): Template {
  return { constant, expand: () => constant };
}

function groupNumbers(name: string, regex: AnchoredRegex): Part {
  if (/^(?:0|[1-9][0-9]{0,8})$/.test(name)) return [Number(name)];
  return regex.groupNames.get(name) ?? '';
}

function expand(parts: readonly Part[], groups: Groups): string {
  let text = '';
  for (const part of parts) text += typeof part === 'string' ? part : firstOf(part, groups);
  return text;
}

/** Of groups that share a name, the first that took part in the match. */
function firstOf(numbers: readonly number[], groups: Groups): string {
  for (const number of numbers) {
    const text = groups[number];
    if (text !== undefined) return text;
  }
  return '';
}
