import type { Labels } from '../model/labels.js';
import { type CompiledRule, compileRule } from './actions.js';
import type { NameValidation } from './label-name.js';
import { LabelOverlay } from './label-overlay.js';
import type { RelabelRule } from './rule.js';

/** Rules compiled once, for targets and for series. Throws when a rule's regex is none. */
export class Relabeller {
  readonly #rules: CompiledRule[];
  readonly #labels = new LabelOverlay();

  constructor(rules: readonly RelabelRule[], nameValidation: NameValidation = 'utf8') {
    this.#rules = rules.map((rule) => compileRule(rule, nameValidation));
  }

  /**
   * The relabelled set; undefined when a rule dropped it. The given set is never changed and is
   * itself the answer when no rule changed anything, so that a set that passes costs no copy.
   */
  apply(labels: Labels): Labels | undefined {
    this.#labels.reset(labels);
    for (const rule of this.#rules) {
      if (!rule(this.#labels)) return undefined;
    }
    return this.#labels.labels();
  }
}
