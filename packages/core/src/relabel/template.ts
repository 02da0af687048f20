import type { AnchoredRegex, Groups } from './regex.js';

/** A text with `$1`, `${1}`, `$name` and `${name}` in it. */
export interface Template {
  /** What it always gives; undefined when it depends on a match. */
  readonly constant: string | undefined;
  expand(groups: Groups): string;
}

// A reference as Go's regexp.Expand reads it: the longest name of letters, digits and underscores.
const reference = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/**
 * Compiles a template with the rules of Go's regexp.Expand: `$$` is a dollar, `$1x` is the group
 * `1x` and not group 1, a group that is unknown or took no part is empty, any other `$` is itself.
 */
export function compileTemplate(template: string, regex: AnchoredRegex): Template {
  const parts: (string | number)[] = [];
  let end = 0;
  for (const match of template.matchAll(reference)) {
    parts.push(template.slice(end, match.index));
    end = match.index + match[0].length;
    const name = match[1] ?? match[2];
    parts.push(name === undefined ? '$' : (groupNumber(name, regex) ?? ''));
  }
  parts.push(template.slice(end));
  if (parts.every((part) => typeof part === 'string')) return constantTemplate(parts.join(''));
  return { constant: undefined, expand: (groups) => expand(parts, groups) };
}

function constantTemplate(constant: string): Template {
  return { constant, expand: () => constant };
}

function groupNumber(name: string, regex: AnchoredRegex): number | undefined {
  if (/^(?:0|[1-9][0-9]{0,8})$/.test(name)) return Number(name);
  return Object.hasOwn(regex.groupNames, name) ? regex.groupNames[name] : undefined;
}

function expand(parts: readonly (string | number)[], groups: Groups): string {
  let text = '';
  for (const part of parts) {
    text += typeof part === 'string' ? part : (groups[part] ?? '');
  }
  return text;
}
