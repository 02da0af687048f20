import { type Chars, readCharClass, readChars, readDot } from './pattern-chars.js';

/** Deeper and longer ones are left to the automaton, which bounds them. */
const deepest = 8;
const longest = 1_000;

/**
 * A pattern that leaves no choice: at each character it is clear whether a repetition goes on or what
 * follows it begins, as in `([^:]+):(\d+)`. It matches a text in one way or not at all, so that every engine
 * finds the same groups and none has to go back far: JavaScript's own takes linear time as well, and a tenth
 * of the automaton's. Undefined for all other patterns, and for those of which this is hard to tell.
 */
export function determinedRegExp(pattern: string): RegExp | undefined {
  if (pattern.length > longest) return undefined;
  const steps: Step[] = [];
  let source = '';
  let depth = 0;
  const end = isAnchor(pattern) ? pattern.length - 1 : pattern.length;
  for (let at = pattern.startsWith('^') ? 1 : 0; at < end; ) {
    const part = readGroupEdge(pattern, at) ?? readStep(pattern, at);
    if (part === undefined) return undefined;
    if ('chars' in part) steps.push(part);
    else depth += part.deeper;
    if (depth < 0 || depth > deepest) return undefined;
    source += part.source;
    at = part.end;
  }
  return depth === 0 && isDetermined(steps) ? new RegExp(`^${source}$`, 'su') : undefined;
}

/** Whether a `$` stands at the end, and means the end. */
function isAnchor(pattern: string): boolean {
  return pattern.endsWith('$') && !pattern.endsWith('\\$');
}

interface GroupEdge {
  readonly deeper: 1 | -1;
  readonly source: string;
  readonly end: number;
}

interface Step {
  readonly chars: Chars;
  readonly repeat: string;
  readonly source: string;
  readonly end: number;
}

function readGroupEdge(pattern: string, at: number): GroupEdge | undefined {
  if (pattern.startsWith('(?:', at)) return { deeper: 1, source: '(?:', end: at + 3 };
  if (pattern[at] === '(') return { deeper: 1, source: '(', end: at + 1 };
  if (pattern[at] !== ')' || isQuantifier(pattern[at + 1])) return undefined;
  return { deeper: -1, source: ')', end: at + 1 };
}

function readStep(pattern: string, at: number): Step | undefined {
  const chars = readDot(pattern, at) ?? readCharClass(pattern, at) ?? readChars(pattern, at);
  if (chars === undefined) return undefined;
  const next = pattern.charAt(chars.end);
  const repeat = next === '*' || next === '+' || next === '?' ? next : '';
  const end = chars.end + repeat.length;
  // A lazy one and `a{2}` are left to the automaton.
  return isQuantifier(pattern[end])
    ? undefined
    : { chars, repeat, source: chars.source + repeat, end };
}

function isQuantifier(char: string | undefined): boolean {
  return char === '*' || char === '+' || char === '?' || char === '{';
}

/** Whether no repetition could go on with what may follow it. */
function isDetermined(steps: readonly Step[]): boolean {
  return steps.every(({ chars, repeat }, i) => {
    if (repeat === '') return true;
    for (const next of steps.slice(i + 1)) {
      if (overlap(chars, next.chars)) return false;
      if (next.repeat === '' || next.repeat === '+') break;
    }
    return true;
  });
}

function overlap(a: Chars, b: Chars): boolean {
  if (a.isNegated && b.isNegated) return true;
  if (a.isNegated) return [...b.codes].some((code) => !a.codes.has(code));
  return [...a.codes].some((code) => b.codes.has(code) !== b.isNegated);
}
