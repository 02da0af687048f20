import { hash } from 'node:crypto';
import type { ChangeableLabels } from './changeable-labels.js';
import { KnownAnswers } from './known-answers.js';
import { isValidLabelName, type NameValidation } from './label-name.js';
import { goLowerCase, goUpperCase } from './letter-case.js';
import { type AnchoredRegex, compileRegex } from './regex.js';
import type { RelabelRule } from './rule.js';
import { compileTemplate, type Template } from './template.js';

/** A rule ready to run: changes the labels, or returns false to drop the whole set. */
export type CompiledRule = (labels: ChangeableLabels) => boolean;

/** Compiles a rule; what each action does is Prometheus' relabel() (model/relabel/relabel.go). */
export function compileRule(rule: RelabelRule, nameValidation: NameValidation): CompiledRule {
  switch (rule.action) {
    case 'replace':
      return compileReplace(rule, nameValidation);
    case 'keep':
    case 'drop':
      return compileKeep(rule, rule.action === 'keep');
    case 'keepequal':
    case 'dropequal':
      return compileKeepEqual(rule, rule.action === 'keepequal');
    case 'hashmod':
      return compileHashMod(rule);
    case 'labelmap':
      return compileLabelMap(rule);
    case 'labeldrop':
    case 'labelkeep':
      return compileLabelKeep(rule, rule.action === 'labelkeep');
    case 'lowercase':
      return compileLetterCase(rule, goLowerCase);
    case 'uppercase':
      return compileLetterCase(rule, goUpperCase);
  }
}

function compileReplace(rule: RelabelRule, nameValidation: NameValidation): CompiledRule {
  const source = compileSource(rule);
  const regex = compileRegex(rule.regex);
  const target = compileTemplate(rule.targetLabel, regex);
  const replacement = compileTemplate(rule.replacement, regex);
  // A name that comes out invalid passes the rule over, it is not an error.
  const isValid = (name: string) => isValidLabelName(name, nameValidation);
  if (target.constant === undefined) {
    return (labels) => {
      const groups = regex.groups(source(labels));
      if (groups === undefined) return true;
      const name = target.expand(groups);
      if (isValid(name)) labels.set(name, replacement.expand(groups));
      return true;
    };
  }
  if (!isValid(target.constant)) return () => true;
  return replaceOne(target.constant, source, regex, replacement);
}

function replaceOne(
  name: string,
  source: Source,
  regex: AnchoredRegex,
  replacement: Template,
): CompiledRule {
  const { constant } = replacement;
  if (constant !== undefined) {
    return (labels) => {
      if (regex.matches(source(labels))) labels.set(name, constant);
      return true;
    };
  }
  const values = new KnownAnswers((value) => {
    const groups = regex.groups(value);
    return groups && replacement.expand(groups);
  });
  return (labels) => {
    const value = values.of(source(labels));
    if (value !== undefined) labels.set(name, value);
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

function compileHashMod(rule: RelabelRule): CompiledRule {
  const source = compileSource(rule);
  const { modulus } = rule;
  return (labels) => {
    // A buffer for each target is memory outside of the heap, and takes twice as long.
    const digest = hash('md5', source(labels), 'hex');
    labels.set(rule.targetLabel, String(remainder(digest, modulus)));
    return true;
  };
}

/** Of the digest's last 64 bits; without a BigInt as long as no step exceeds 53 bits. */
function remainder(hexDigest: string, modulus: number): number | bigint {
  if (modulus > 2 ** 20) return BigInt(`0x${hexDigest.slice(16)}`) % BigInt(modulus);
  const high = Number.parseInt(hexDigest.slice(16, 24), 16) % modulus;
  const low = Number.parseInt(hexDigest.slice(24), 16);
  return (high * (2 ** 32 % modulus) + low) % modulus;
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

function compileLetterCase(rule: RelabelRule, map: (value: string) => string): CompiledRule {
  const source = compileSource(rule);
  return (labels) => {
    labels.set(rule.targetLabel, map(source(labels)));
    return true;
  };
}

type Source = (labels: ChangeableLabels) => string;

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
