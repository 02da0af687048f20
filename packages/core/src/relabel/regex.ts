import type { RE2JS } from 're2js';
import { messageOf } from '../errors.js';
import { type BoundedRegExp, boundedRegExp } from './bounded-pattern.js';
import { determinedRegExp } from './determined-pattern.js';
import { KnownAnswers } from './known-answers.js';
import { re2 } from './lazy-re2.js';
import { unnameGroups } from './named-groups.js';
import { readPatternParts } from './pattern-parts.js';
import { type PlainPattern, parsePlainPattern } from './plain-pattern.js';

/** What the groups of a match hold, by number; 0 is the whole value. Undefined: not part of it. */
export type Groups = readonly (string | undefined)[];

/** A pattern that must match the whole of a value: `^(?s:pattern)$`, RE2 syntax, linear time. */
export interface AnchoredRegex {
  /** Numbers of the named groups; several groups may share a name. */
  readonly groupNames: ReadonlyMap<string, readonly number[]>;
  matches(value: string): boolean;
  /** Undefined when the value does not match. */
  groups(value: string): Groups | undefined;
}

/**
 * Compiles a pattern as Prometheus does since 3.0 (a dot matches a newline). Throws on a pattern
 * that RE2 refuses: see {@link checkRegex}.
 */
export function compileRegex(pattern: string): AnchoredRegex {
  return compileWithoutRe2(pattern) ?? new Re2Regex(pattern);
}

/** Undefined for patterns that need RE2 from the first value on. What is no pattern is one of them. */
function compileWithoutRe2(pattern: string): AnchoredRegex | undefined {
  const plain = parsePlainPattern(pattern);
  if (plain?.kind === 'literals') return new LiteralsRegex(plain);
  if (plain?.kind === 'wildcard') return new WildcardRegex(plain);
  const parts = readPatternParts(pattern);
  if (parts === undefined) return undefined;
  const determined = determinedRegExp(parts);
  if (determined !== undefined) return new DeterminedRegex(determined);
  const bounded = boundedRegExp(parts);
  return bounded && new BoundedRegex(pattern, bounded);
}

/** What is wrong with a pattern, in words; undefined when it is good. */
export function checkRegex(pattern: string): string | undefined {
  if (compileWithoutRe2(pattern) !== undefined) return undefined;
  const unnamed = unnameGroups(pattern).pattern;
  const problem = problemOf(anchored(unnamed));
  if (problem === undefined) return undefined;
  if (/\(\?<?[=!]/.test(unnamed)) return 'RE2 has no lookahead and no lookbehind';
  // Without the anchors first: what a message quotes should be what was written.
  return problemOf(unnamed) ?? problem;
}

function problemOf(pattern: string): string | undefined {
  try {
    re2().RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof re2().RE2JSSyntaxException)) return messageOf(error);
    const part = error.getPattern();
    const where = part === null || part === '' || part === pattern ? '' : ` at ${part}`;
    return `${error.getDescription()}${where}`;
  }
}

function anchored(pattern: string): string {
  return `^(?s:${pattern})$`;
}

const noNames: ReadonlyMap<string, readonly number[]> = new Map();

class LiteralsRegex implements AnchoredRegex {
  readonly groupNames = noNames;
  readonly #values: ReadonlySet<string>;
  readonly #captures: boolean;

  constructor(plain: PlainPattern & { kind: 'literals' }) {
    this.#values = plain.values;
    this.#captures = plain.captures;
  }

  matches(value: string): boolean {
    return this.#values.has(value);
  }

  groups(value: string): Groups | undefined {
    if (!this.#values.has(value)) return undefined;
    return this.#captures ? [value, value] : [value];
  }
}

class WildcardRegex implements AnchoredRegex {
  readonly groupNames = noNames;
  readonly #plain: PlainPattern & { kind: 'wildcard' };
  readonly #leastLength: number;

  constructor(plain: PlainPattern & { kind: 'wildcard' }) {
    this.#plain = plain;
    this.#leastLength = plain.prefix.length + plain.least + plain.suffix.length;
  }

  matches(value: string): boolean {
    const { prefix, suffix } = this.#plain;
    return value.length >= this.#leastLength && value.startsWith(prefix) && value.endsWith(suffix);
  }

  groups(value: string): Groups | undefined {
    if (!this.matches(value)) return undefined;
    const { prefix, suffix, captures } = this.#plain;
    return captures ? [value, value.slice(prefix.length, value.length - suffix.length)] : [value];
  }
}

class DeterminedRegex implements AnchoredRegex {
  readonly groupNames = noNames;
  readonly #regex: RegExp;

  constructor(regex: RegExp) {
    this.#regex = regex;
  }

  matches(value: string): boolean {
    return this.#regex.test(value);
  }

  groups(value: string): Groups | undefined {
    return this.#regex.exec(value) ?? undefined;
  }
}

/** Long values, which are rare, go to RE2. */
class BoundedRegex implements AnchoredRegex {
  readonly groupNames = noNames;
  readonly #pattern: string;
  readonly #bounded: BoundedRegExp;
  readonly #matches: KnownAnswers<boolean>;
  #re2: Re2Regex | undefined;

  constructor(pattern: string, bounded: BoundedRegExp) {
    this.#pattern = pattern;
    this.#bounded = bounded;
    const { regExp, longestText } = bounded;
    this.#matches = new KnownAnswers((value) =>
      value.length > longestText ? this.#forLong().matches(value) : regExp.test(value),
    );
  }

  matches(value: string): boolean {
    return this.#matches.of(value);
  }

  groups(value: string): Groups | undefined {
    const { regExp, longestText } = this.#bounded;
    if (value.length > longestText) return this.#forLong().groups(value);
    return regExp.exec(value) ?? undefined;
  }

  #forLong(): Re2Regex {
    this.#re2 ??= new Re2Regex(this.#pattern);
    return this.#re2;
  }
}

class Re2Regex implements AnchoredRegex {
  readonly groupNames: ReadonlyMap<string, readonly number[]>;
  readonly #regex: RE2JS;
  readonly #groupCount: number;
  readonly #isWhole: boolean;
  readonly #matches = new Map<string, boolean>();
  readonly #groups = new Map<string, Groups | undefined>();

  constructor(pattern: string) {
    const unnamed = unnameGroups(pattern);
    this.groupNames = unnamed.names;
    this.#regex = re2().RE2JS.compile(anchored(unnamed.pattern));
    this.#groupCount = this.#regex.groupCount() + 1;
    this.#isWhole = !mayLeaveGroup(pattern);
  }

  matches(value: string): boolean {
    const known = this.#matches.get(value);
    if (known !== undefined) return known;
    const matches = this.#test(value);
    remember(this.#matches, value, matches);
    return matches;
  }

  groups(value: string): Groups | undefined {
    const known = this.#groups.get(value);
    if (known !== undefined || this.#groups.has(value)) return known;
    const groups = this.#findGroups(value);
    remember(this.#groups, value, groups);
    return groups;
  }

  /**
   * Unless it is told that the whole text has to match, re2js looks first for what it must hold. That helps with
   * long texts; but its tables for `1[0-5]|[0-9]` are 4 MiB, and take 9 ms to make.
   */
  #test(value: string): boolean {
    const isShort = value.length <= longestRemembered;
    return isShort && this.#isWhole ? this.#regex.testExact(value) : this.#regex.test(value);
  }

  #findGroups(value: string): Groups | undefined {
    // The automaton that only says yes or no goes first: 100 kB take it 3 ms, the one with groups 25.
    if (value.length > longestRemembered && !this.#test(value)) return undefined;
    const { ANCHOR_BOTH, UNANCHORED } = re2().RE2Set;
    const anchor = this.#isWhole ? ANCHOR_BOTH : UNANCHORED;
    const [isMatch, ends] = this.#regex
      .re2()
      .matchWithGroup(value, 0, value.length, anchor, this.#groupCount);
    if (isMatch !== true) return undefined;
    const groups: (string | undefined)[] = [];
    for (let group = 0; group < this.#groupCount; group++) {
      const start: number = ends[2 * group] ?? -1;
      groups.push(start < 0 ? undefined : value.slice(start, ends[2 * group + 1]));
    }
    return groups;
  }
}

/**
 * Whether a pattern may close the group that {@link anchored} puts it into, as `a)|(b` does, which matches a part of
 * a text, too. Also true where that would take longer to tell.
 */
function mayLeaveGroup(pattern: string): boolean {
  if (/\[[^\]]*[()]|\\Q/.test(pattern)) return true;
  let depth = 0;
  for (const [paren] of pattern.replaceAll(/\\./gs, '').matchAll(/[()]/g)) {
    depth += paren === '(' ? 1 : -1;
    if (depth < 0) return true;
  }
  return false;
}

// Label values repeat (a job's targets share most of them, a body's series too), so a rule's answers
// are kept; both bounds together hold a rule's cache under some 2 MB whatever its input.
const mostRemembered = 1_000;
const longestRemembered = 512;

function remember<T>(answers: Map<string, T>, value: string, answer: T): void {
  if (value.length > longestRemembered) return;
  if (answers.size >= mostRemembered) answers.clear();
  answers.set(value, answer);
}
