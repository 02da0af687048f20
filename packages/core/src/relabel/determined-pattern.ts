import type { Chars } from './pattern-chars.js';
import type { PatternParts, Step } from './pattern-parts.js';

/**
 * A pattern that leaves no choice: at each character it is clear whether a repetition goes on or what
 * follows it begins, as in `([^:]+):(\d+)`. It matches a text in one way or not at all, so that every engine
 * finds the same groups and none has to go back far: JavaScript's own takes linear time as well, and a tenth
 * of the automaton's. Undefined for all other patterns.
 */
export function determinedRegExp(parts: PatternParts): RegExp | undefined {
  const { steps, hasAlternatives, source } = parts;
  const isDetermined = !hasAlternatives && steps.every((_, i) => isDeterminedStep(steps, i));
  return isDetermined ? new RegExp(source, 'su') : undefined;
}

/** Whether a step, where there are no alternatives, could not go on with what may follow it. */
export function isDeterminedStep(steps: readonly Step[], at: number): boolean {
  const { chars, repeat } = steps[at]!;
  if (repeat === '') return true;
  for (const next of steps.slice(at + 1)) {
    if (overlap(chars, next.chars)) return false;
    if (next.repeat === '' || next.repeat === '+') break;
  }
  return true;
}

function overlap(a: Chars, b: Chars): boolean {
  if (a.isNegated && b.isNegated) return true;
  if (a.isNegated) return [...b.codes].some((code) => !a.codes.has(code));
  return [...a.codes].some((code) => b.codes.has(code) !== b.isNegated);
}
