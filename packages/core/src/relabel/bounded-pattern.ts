import { isDeterminedStep } from './determined-pattern.js';
import type { PatternParts } from './pattern-parts.js';

/** Of JavaScript's engine for one text, at worst: 0.2 ms (Node 20.20). */
const mostSteps = 50_000;
/** Patterns for shorter texts alone are left to the automaton. */
const leastLength = 32;
const mostLength = 512;

/** A pattern in JavaScript's own regular expressions, for texts that are short. */
export interface BoundedRegExp {
  readonly regExp: RegExp;
  /** In UTF-16 units. Longer texts might take too long. */
  readonly longestText: number;
}

/**
 * A pattern with choices, of which there are few, as in `.*,v([0-9]+),.*` or `metrics|http-.*`. JavaScript's engine
 * tries them in the order in which RE2 prefers them, so it finds the same groups. How long that may take is known:
 * each repetition that could end at any character multiplies the ways by the length of the text. Undefined for
 * patterns that could take too long with short texts already.
 */
export function boundedRegExp(parts: PatternParts): BoundedRegExp | undefined {
  const { ways } = parts;
  const repeated = parts.steps.filter((_, i) => mayEndAnywhere(parts, i)).length;
  const longestText = Math.floor((mostSteps / ways) ** (1 / (repeated + 1)));
  if (longestText < leastLength) return undefined;
  return {
    regExp: new RegExp(parts.source, 'su'),
    longestText: Math.min(longestText, mostLength),
  };
}

function mayEndAnywhere({ steps, hasAlternatives }: PatternParts, at: number): boolean {
  const { chars, repeat, isLast } = steps[at]!;
  if (repeat !== '*' && repeat !== '+') return false;
  if (!hasAlternatives && isDeterminedStep(steps, at)) return false;
  // A dot that repeats up to the end takes all there is, and never gives back any of it.
  const isDot = chars.isNegated && chars.codes.size === 0;
  return !(isDot && isLast);
}
