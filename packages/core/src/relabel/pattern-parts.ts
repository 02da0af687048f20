import { type Chars, readCharClass, readChars, readDot } from './pattern-chars.js';

/** Deeper and longer ones are left to the automaton, which bounds them. */
const deepest = 8;
const longest = 1_000;

/** Characters and what repeats them. */
export interface Step {
  readonly chars: Chars;
  /** `*`, `+`, `?` or empty; always greedy. */
  readonly repeat: string;
  /** With nothing but ends of groups behind it, up to the end of an alternative of the whole pattern. */
  readonly isLast: boolean;
}

/** A pattern of steps in groups that do not repeat, with or without alternatives. */
export interface PatternParts {
  readonly steps: readonly Step[];
  /** In how many ways alternatives and `?` can be chosen. */
  readonly ways: number;
  readonly hasAlternatives: boolean;
  /** The same in JavaScript, with the flags `s` and `u`; the whole text has to match. */
  readonly source: string;
}

/** Undefined for patterns of other parts, and for those of which this is hard to tell. */
export function readPatternParts(pattern: string): PatternParts | undefined {
  if (pattern.length > longest) return undefined;
  const end = isAnchor(pattern) ? pattern.length - 1 : pattern.length;
  const start = pattern.startsWith('^') ? 1 : 0;
  const groups = new Groups();
  const steps: Step[] = [];
  let source = '';
  for (let at = start; at < end; ) {
    const part = readGroupEdge(pattern, at) ?? readStep(pattern, at);
    if (part === undefined) return undefined;
    if (!('edge' in part)) {
      if (part.repeat === '?') groups.optional();
      steps.push({ ...part, isLast: isLast(pattern, part.end, end, groups.depth) });
    } else if (!groups.take(part.edge)) return undefined;
    source += part.source;
    at = part.end;
  }
  if (groups.depth > 0) return undefined;
  // In `^a|b$` each anchor is one of an alternative.
  if (groups.hasOuterAlternatives && (start > 0 || end < pattern.length)) return undefined;
  const { ways, hasAlternatives } = groups;
  return { steps, ways, hasAlternatives, source: `^(?:${source})$` };
}

/** Counts the ways through groups within groups. */
class Groups {
  hasAlternatives = false;
  hasOuterAlternatives = false;
  /** Of each open group, the whole pattern first: the ways through its alternatives so far and this one. */
  readonly #open = [{ before: 0, here: 1 }];

  get depth(): number {
    return this.#open.length - 1;
  }

  get ways(): number {
    const { before, here } = this.#open[0]!;
    return before + here;
  }

  optional(): void {
    this.#open.at(-1)!.here *= 2;
  }

  /** False where a group is closed that is not open, or too many are. */
  take(edge: GroupEdge['edge']): boolean {
    const group = this.#open.at(-1)!;
    if (edge === 'open') return this.#open.push({ before: 0, here: 1 }) - 1 <= deepest;
    if (edge === 'or') {
      this.hasAlternatives = true;
      this.hasOuterAlternatives ||= this.depth === 0;
      group.before += group.here;
      group.here = 1;
      return true;
    }
    this.#open.pop();
    const outer = this.#open.at(-1);
    if (outer !== undefined) outer.here *= group.before + group.here;
    return outer !== undefined;
  }
}

interface GroupEdge {
  readonly edge: 'open' | 'or' | 'close';
  readonly source: string;
  readonly end: number;
}

/** Whether a `$` stands at the end, and means the end. */
function isAnchor(pattern: string): boolean {
  return pattern.endsWith('$') && !pattern.endsWith('\\$');
}

function isLast(pattern: string, from: number, end: number, depth: number): boolean {
  let at = from;
  let open = depth;
  for (; at < end && pattern[at] === ')'; at++) open--;
  return at === end || (open === 0 && pattern[at] === '|');
}

function readGroupEdge(pattern: string, at: number): GroupEdge | undefined {
  if (pattern.startsWith('(?:', at)) return { edge: 'open', source: '(?:', end: at + 3 };
  if (pattern[at] === '(') return { edge: 'open', source: '(', end: at + 1 };
  if (pattern[at] === '|') return { edge: 'or', source: '|', end: at + 1 };
  if (pattern[at] !== ')' || isQuantifier(pattern[at + 1])) return undefined;
  return { edge: 'close', source: ')', end: at + 1 };
}

function readStep(pattern: string, at: number) {
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
