import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NameValidation } from './label-name.js';
import { Relabeller } from './relabeller.js';
import type { RelabelAction, RelabelRule } from './rule.js';

const recordedFile = new URL('../../../../../shared/conformance/relabel.jsonl', import.meta.url);

function rule(fields: Partial<RelabelRule>): RelabelRule {
  return {
    sourceLabels: [],
    separator: ';',
    regex: '(.*)',
    modulus: 0,
    targetLabel: '',
    replacement: '$1',
    action: 'replace',
    ...fields,
  };
}

interface RecordedCase {
  id: string;
  name_validation: NameValidation;
  input: Record<string, string>;
  relabel_configs: {
    source_labels?: string[];
    separator?: string;
    regex?: string;
    modulus?: number;
    target_label?: string;
    replacement?: string;
    action?: string;
  }[];
  expect: { keep: boolean; labels: Record<string, string> | null };
}

describe.skipIf(!existsSync(recordedFile))('recorded cases of Prometheus', () => {
  const cases = existsSync(recordedFile)
    ? readFileSync(recordedFile, 'utf8').trim().split('\n')
    : [];
  it.each(cases.map((line) => JSON.parse(line) as RecordedCase).map((c) => [c.id, c] as const))(
    '%s',
    (_id, recorded) => {
      const rules = recorded.relabel_configs.map((config) =>
        rule({
          ...(config.source_labels && { sourceLabels: config.source_labels }),
          ...(config.separator !== undefined && { separator: config.separator }),
          ...(config.regex !== undefined && { regex: config.regex }),
          ...(config.modulus !== undefined && { modulus: config.modulus }),
          ...(config.target_label !== undefined && { targetLabel: config.target_label }),
          ...(config.replacement !== undefined && { replacement: config.replacement }),
          ...(config.action !== undefined && {
            action: config.action.toLowerCase() as RelabelAction,
          }),
        }),
      );
      const input = new Map(Object.entries(recorded.input).filter(([, value]) => value !== ''));
      const output = new Relabeller(rules, recorded.name_validation).apply(input);
      expect(output && Object.fromEntries(output)).toEqual(recorded.expect.labels ?? undefined);
    },
  );
});
