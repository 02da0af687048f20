import type { RelabelRule } from '../../relabel/rule.js';
import type { Findings } from '../problems/findings.js';
import type { ConfigPath } from '../raw-tree.js';
import { fieldName } from '../schema/block.js';

/** Label names before UTF-8 was allowed. */
const legacyName = /^[a-zA-Z_]\w*$/;
/** The same with groups of a match, `$1` or `${name}`, in it. */
const legacyTemplate = /^(?:[a-zA-Z_]|\$(?:\{\w+\}|\w))(?:\w|\$(?:\{\w+\}|\w))*$/;

/** External labels of a `global` with `metric_name_validation_scheme: legacy`. */
export function checkLegacyLabels(names: readonly string[], findings: Findings): void {
  for (const name of names) {
    if (legacyName.test(name)) continue;
    const scheme = fieldName('metric_name_validation_scheme');
    findings.reportName(
      ['global', 'external_labels', name],
      `not a label name by the ${scheme} legacy: letters, digits and _`,
    );
  }
}

/** Rules of a job with `metric_name_validation_scheme: legacy` (relabel.go Validate). */
export function checkLegacyRules(
  rules: readonly RelabelRule[],
  path: ConfigPath,
  findings: Findings,
): void {
  const scheme = fieldName('metric_name_validation_scheme');
  for (const [i, rule] of rules.entries()) {
    const fault = faultyField(rule);
    if (fault === undefined) continue;
    findings.expected([...path, i, fault], `a label name by the ${scheme} legacy`);
  }
}

function faultyField({ action, targetLabel, replacement }: RelabelRule): string | undefined {
  switch (action) {
    case 'replace': {
      const pattern = targetLabel.includes('$') ? legacyTemplate : legacyName;
      return pattern.test(targetLabel) ? undefined : 'target_label';
    }
    case 'labelmap':
      return legacyTemplate.test(replacement) ? undefined : 'replacement';
    case 'hashmod':
    case 'lowercase':
    case 'uppercase':
    case 'keepequal':
    case 'dropequal':
      return legacyName.test(targetLabel) ? undefined : 'target_label';
    default:
      return undefined;
  }
}
