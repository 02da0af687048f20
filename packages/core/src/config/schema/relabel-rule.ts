import { checkRegex } from '../../relabel/regex.js';
import type { RelabelAction, RelabelRule } from '../../relabel/rule.js';
import { textOf } from '../scalar-text.js';
import { type BlockOutput, checkedBlock, fieldName, list, type ReportField } from './block.js';
import { count, leaf, nonEmptyText, oneOf, Refusal, text } from './leaf.js';

const actions: readonly RelabelAction[] = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
];

function regex() {
  const expected = 'a regular expression in RE2 syntax';
  return leaf(expected, (value) => {
    const pattern = textOf(value);
    const fault = pattern === undefined ? undefined : checkRegex(pattern);
    return fault === undefined ? pattern : new Refusal(`${expected}: ${fault}`);
  });
}

const ruleFields = {
  source_labels: list(nonEmptyText('a label name')),
  separator: text().optional(),
  regex: regex().optional(),
  modulus: count(0).optional(),
  target_label: text('a label name').optional(),
  replacement: text().optional(),
  action: oneOf(actions, (word) => word.toLowerCase()).optional(),
};

type WrittenRule = BlockOutput<typeof ruleFields>;

export const relabelRuleSchema = checkedBlock(ruleFields, checkRule);

/** With Prometheus' defaults filled in. */
export function toRelabelRule(written: WrittenRule): RelabelRule {
  return {
    sourceLabels: written.source_labels ?? [],
    separator: written.separator ?? ';',
    regex: written.regex ?? '(.*)',
    modulus: written.modulus ?? 0,
    targetLabel: written.target_label ?? '',
    replacement: written.replacement ?? '$1',
    action: written.action ?? 'replace',
  };
}

const needsTarget: ReadonlySet<RelabelAction> = new Set<RelabelAction>([
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
]);

/** What Prometheus checks over the fields of a rule (model/relabel/relabel.go Validate). */
function checkRule(written: WrittenRule, report: ReportField): void {
  const rule = toRelabelRule(written);
  const { action } = rule;
  if (action === 'hashmod' && rule.modulus === 0) {
    report(
      'modulus',
      `${found(written.modulus)}expected a number above 0, which the action hashmod divides by`,
    );
  }
  if (action === 'hashmod' && rule.modulus === Number.MAX_SAFE_INTEGER)
    report('modulus', 'expected a number below 2^53: prom-agent divides by none that is larger');
  if (needsTarget.has(action) && rule.targetLabel === '') {
    report(
      'target_label',
      `${found(written.target_label)}expected a label name, which the action ${action} needs`,
    );
  }
  if (action === 'labelmap' && rule.replacement === '') {
    report('replacement', 'found "", expected the new label name, such as $1');
  }
  if ((action === 'lowercase' || action === 'uppercase') && rule.replacement !== '$1') {
    report('replacement', `the action ${action} takes no replacement: remove it`);
  }
  const used = onlyUsed[action];
  if (used === undefined) return;
  for (const name of strayFields(written, rule)) {
    if (used.includes(name)) continue;
    const uses = used.map(fieldName).join(' and ');
    report(name, `the action ${action} uses only ${uses}: remove it`);
  }
}

const onlyUsed: Partial<Record<RelabelAction, readonly string[]>> = {
  labeldrop: ['regex'],
  labelkeep: ['regex'],
  keepequal: ['source_labels', 'target_label'],
  dropequal: ['source_labels', 'target_label'],
};

/** Fields that say something; one that repeats its default does not, but any regex does. */
function strayFields(written: WrittenRule, rule: RelabelRule): string[] {
  const says: Record<string, boolean> = {
    source_labels: (written.source_labels ?? undefined) !== undefined,
    separator: rule.separator !== ';',
    regex: written.regex !== undefined,
    modulus: rule.modulus !== 0,
    target_label: rule.targetLabel !== '',
    replacement: rule.replacement !== '$1',
  };
  return Object.keys(says).filter((name) => says[name]);
}

function found(value: unknown): string {
  return value === undefined ? 'missing, ' : `found ${JSON.stringify(value)}, `;
}
