import { hash } from 'node:crypto';
import { isValidLabelName, type NameValidation } from './label-name.js';
import { goLowerCase, goUpperCase } from './letter-case.js';
import { type AnchoredRegex, compileRegex } from './regex.js';
import type { RelabelRule } from './rule.js';
import { compileTemplate, type Template } from './template.js';

/** What a rule makes of the joined values of its source labels: a function of them alone. */
export interface ValueAnswer {
  /** Undefined where the rule does nothing. The empty text deletes the label. */
  of(value: string): string | undefined;
  /** Whether there are few answers, even to values of which each is another. */
  readonly hasFew: boolean;
  /** Whether it takes a pattern's time to find. */
  readonly isSlow: boolean;
}

/** Of rules that set one label, whose name does not depend on a value; undefined for all others. */
export function compileValueAnswer(
  rule: RelabelRule,
  nameValidation: NameValidation,
): ValueAnswer | undefined {
  if (rule.action === 'lowercase') return { of: goLowerCase, hasFew: false, isSlow: false };
  if (rule.action === 'uppercase') return { of: goUpperCase, hasFew: false, isSlow: false };
  if (rule.action === 'hashmod') return hashMod(rule.modulus);
  if (rule.action !== 'replace') return undefined;
  const regex = compileRegex(rule.regex);
  const { constant } = compileTemplate(rule.targetLabel, regex);
  if (constant === undefined) return undefined;
  // A name that comes out invalid passes the rule over, it is not an error.
  if (!isValidLabelName(constant, nameValidation)) return doesNothing;
  return replacement(regex, compileTemplate(rule.replacement, regex));
}

/** Of a rule that would set a label of no valid name. */
export const doesNothing: ValueAnswer = { of: () => undefined, hasFew: true, isSlow: false };

function replacement(regex: AnchoredRegex, template: Template): ValueAnswer {
  const { constant } = template;
  if (constant !== undefined) {
    const of = (value: string) => (regex.matches(value) ? constant : undefined);
    return { of, hasFew: true, isSlow: false };
  }
  const of = (value: string) => {
    const groups = regex.groups(value);
    return groups && template.expand(groups);
  };
  return { of, hasFew: false, isSlow: true };
}

const fewRemainders = 1_024;

function hashMod(modulus: number): ValueAnswer {
  return {
    // A buffer for each target is memory outside of the heap, and takes twice as long.
    of: (value) => String(remainder(hash('md5', value, 'hex'), modulus)),
    hasFew: modulus <= fewRemainders,
    isSlow: false,
  };
}

/** Of the digest's last 64 bits; without a BigInt as long as no step exceeds 53 bits. */
function remainder(hexDigest: string, modulus: number): number | bigint {
  if (modulus > 2 ** 20) return BigInt(`0x${hexDigest.slice(16)}`) % BigInt(modulus);
  const high = Number.parseInt(hexDigest.slice(16, 24), 16) % modulus;
  const low = Number.parseInt(hexDigest.slice(24), 16);
  return (high * (2 ** 32 % modulus) + low) % modulus;
}
