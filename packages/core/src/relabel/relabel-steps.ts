import type { Labels } from '../model/labels.js';
import type { NameValidation } from './label-name.js';
import { Relabeller } from './relabeller.js';
import type { RelabelRule } from './rule.js';

/** What a set of labels has become after a rule and all rules before it. */
export interface RelabelStep {
  readonly rule: RelabelRule;
  /** Empty once a rule has dropped the set. */
  readonly output: Labels;
  readonly keep: boolean;
}

/** Follows a set of labels through rules, for a person who wonders what they do. */
export function relabelSteps(
  rules: readonly RelabelRule[],
  labels: Labels,
  nameValidation: NameValidation = 'utf8',
): RelabelStep[] {
  return rules.map((rule, i) => {
    const output = new Relabeller(rules.slice(0, i + 1), nameValidation).apply(labels);
    return { rule, output: output ?? new Map(), keep: output !== undefined };
  });
}
