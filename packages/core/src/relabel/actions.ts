import { KnownAnswers } from './known-answers.js';
import { isValidLabelName, type NameValidation } from './label-name.js';
import type { LabelOverlay } from './label-overlay.js';
import { compileRegex } from './regex.js';
import type { RelabelRule } from './rule.js';
import { compileTemplate } from './template.js';
import { compileValueAnswer } from './value-answers.js';

/** A rule ready to run: changes the labels, or returns false to drop the whole set. */
export type CompiledRule = (labels: LabelOverlay) => boolean;

/** Compiles a rule; what each action does is Prometheus' relabel() (model/relabel/relabel.go). */
export function compileRule(rule: RelabelRule, nameValidation: NameValidation): CompiledRule {
  switch (rule.action) {
    case 'keep':
    case 'drop':
      return compileKeep(rule, rule.action === 'keep');
    case 'keepequal':
    case 'dropequal':
      return compileKeepEqual(rule, rule.action === 'keepequal');
    case 'labelmap':
      return compileLabelMap(rule);
    case 'labeldrop':
    case 'labelkeep':
      return compileLabelKeep(rule, rule.action === 'labelkeep');
    default:
      return compileSet(rule, nameValidation);
  }
}

function compileSet(rule: RelabelRule, nameValidation: NameValidation): CompiledRule {
  const source = compileSource(rule);
  const { targetLabel } = rule;
  const answer = compileValueAnswer(rule, nameValidation);
  if (answer === undefined) return compileNamedByValue(rule, nameValidation);
  const answers = answer.isSlow ? new KnownAnswers(answer.of) : answer;
  return (labels) => {
    const value = answers.of(source(labels));
    if (value !== undefined) labels.set(targetLabel, value);
    return true;
  };
}

/** A replacement whose label depends on what matched. */
function compileNamedByValue(rule: RelabelRule, nameValidation: NameValidation): CompiledRule {
  const source = compileSource(rule);
  const regex = compileRegex(rule.regex);
  const target = compileTemplate(rule.targetLabel, regex);
  const replacement = compileTemplate(rule.replacement, regex);
  return (labels) => {
    const groups = regex.groups(source(labels));
    if (groups === undefined) return true;
    const name = target.expand(groups);
    if (isValidLabelName(name, nameValidation)) labels.set(name, replacement.expand(groups));
    return true;
  };
}

function compileKeep(rule: RelabelRule, keepMatching: boolean): CompiledRule {
  const source = compileSource(rule);
  const regex = compileRegex(rule.regex);
  return (labels) => regex.matches(source(labels)) === keepMatching;
}

function compileKeepEqual(rule: RelabelRule, keepEqual: boolean): CompiledRule {
  const source = compileSource(rule);
  return (labels) => (labels.get(rule.targetLabel) === source(labels)) === keepEqual;
}

function compileLabelMap(rule: RelabelRule): CompiledRule {
  const regex = compileRegex(rule.regex);
  const replacement = compileTemplate(rule.replacement, regex);
  const matches = (name: string) => regex.matches(name);
  /** A few, of one set after another: a name that is made anew each time has to be hashed, too. */
  const newNames = new Map<string, string>();
  const newName = (name: string) => {
    const known = newNames.get(name);
    if (known !== undefined) return known;
    const made = replacement.expand(regex.groups(name) ?? []);
    if (newNames.size >= mostNewNames) newNames.clear();
    newNames.set(name, made);
    return made;
  };
  return (labels) => {
    const names = labels.matchingNames(matches);
    // All are read before one is set: a new name may be another's old one.
    const values = names.map((name) => labels.get(name));
    for (let i = 0; i < names.length; i++) labels.set(newName(names[i]!), values[i]!);
    return true;
  };
}

const mostNewNames = 100;

function compileLabelKeep(rule: RelabelRule, keepMatching: boolean): CompiledRule {
  const regex = compileRegex(rule.regex);
  const goes = (name: string) => regex.matches(name) !== keepMatching;
  return (labels) => {
    for (const name of labels.matchingNames(goes)) labels.set(name, '');
    return true;
  };
}

type Source = (labels: LabelOverlay) => string;

/** The values of the source labels, joined; a missing label is the empty string. */
function compileSource({ sourceLabels, separator }: RelabelRule): Source {
  const [first, ...others] = sourceLabels;
  if (first === undefined) return () => '';
  if (others.length === 0) return (labels) => labels.get(first);
  return (labels) => {
    let joined = labels.get(first);
    for (const name of others) joined += separator + labels.get(name);
    return joined;
  };
}
