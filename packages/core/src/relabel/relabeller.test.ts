// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these templates are Go's.
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../self/time-slice.js';
import { compileColumnRules } from './column-rules.js';
import { LabelColumns } from './label-columns.js';
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
      const columns = new LabelColumns();
      columns.addBeneath(columns.addRow(), input);
      const inColumns = atOnce(compileColumnRules(rules, recorded.name_validation));
      for (const one of inColumns) one(columns);
      expect(columns.count).toBe(output === undefined ? 0 : 1);
      if (output !== undefined) expect(columns.labelsOf(0)).toEqual(new Map(output));
    },
  );
});

function apply(rules: Partial<RelabelRule>[], labels: Record<string, string>) {
  const output = new Relabeller(rules.map(rule)).apply(new Map(Object.entries(labels)));
  return output && Object.fromEntries(output);
}

describe('Relabeller', () => {
  it('gives the very same set back when no rule changes anything', () => {
    const labels = new Map([['job', 'node']]);
    const relabeller = new Relabeller([rule({ action: 'keep', sourceLabels: ['job'] })]);
    expect(relabeller.apply(labels)).toBe(labels);
    expect(new Relabeller([]).apply(labels)).toBe(labels);
  });

  it('keeps no change of one set for the next', () => {
    const relabeller = new Relabeller([
      rule({ sourceLabels: ['a'], regex: 'x', targetLabel: 'b', replacement: 'y' }),
      rule({ action: 'drop', sourceLabels: ['a'], regex: 'dropped' }),
    ]);
    expect(relabeller.apply(new Map([['a', 'x']]))).toEqual(
      new Map(Object.entries({ a: 'x', b: 'y' })),
    );
    expect(relabeller.apply(new Map([['a', 'dropped']]))).toBeUndefined();
    expect(relabeller.apply(new Map([['a', 'z']]))).toEqual(new Map([['a', 'z']]));
  });

  it('labelmap: of several names that map to one, the last by name wins, and a set label after all', () => {
    const map = { action: 'labelmap', regex: '(?:.)_(.+)' } as const;
    expect(apply([map], { b_x: 'b', a_x: 'a', é_x: 'é' })).toMatchObject({ x: 'é' });
    const set = { targetLabel: 'a_x', replacement: 'set' };
    expect(apply([set, map], { b_x: 'b', a_x: 'a' })).toMatchObject({ x: 'set' });
    const deleted = { targetLabel: 'a_x', replacement: '' };
    expect(apply([deleted, map], { b_x: 'b', a_x: 'a' })).toMatchObject({ x: 'b' });
    expect(apply([set, { ...set, targetLabel: 'b_x' }, deleted, set, map], {})).toEqual({
      a_x: 'set',
      b_x: 'set',
      x: 'set',
    });
  });

  it('a group name may be written twice', () => {
    const fields = { sourceLabels: ['a'], targetLabel: 'h', replacement: '$host' };
    const regex = '(?P<host>[a-z]+):[0-9]+|unix:(?P<host>.+)';
    expect(apply([{ ...fields, regex }], { a: 'web:80' })).toMatchObject({ h: 'web' });
    expect(apply([{ ...fields, regex }], { a: 'unix:/run/x' })).toMatchObject({ h: '/run/x' });
  });

  it('a target label that comes out empty passes the rule over', () => {
    expect(apply([{ targetLabel: '${none}', replacement: 'x' }], { a: 'b' })).toEqual({ a: 'b' });
  });

  it('a regex that is none is refused', () => {
    expect(() => new Relabeller([rule({ regex: '(' })])).toThrow('missing closing )');
  });

  const name = fc.constantFrom('a', 'b', 'c', '__meta_x', 'job', 'é', '1');
  const value = fc.constantFrom('', 'a', 'b', 'foo', 'foo:1', '$1', 'İß', '\n');
  const labelSet = fc.array(fc.tuple(name, value)).map((pairs) => {
    const labels = new Map(pairs);
    for (const [key, text] of labels) if (text === '') labels.delete(key);
    return labels;
  });
  const anyRule = fc.record({
    sourceLabels: fc.array(name, { maxLength: 3 }),
    separator: fc.constantFrom(';', ''),
    regex: fc.constantFrom('(.*)', '(.+)', 'foo|b', '([a-z]+)(?::(\\d))?', '(.)(.*)', ''),
    modulus: fc.integer({ min: 1, max: 100 }),
    targetLabel: fc.oneof(name, fc.constantFrom('$1', 'x_$2')),
    replacement: fc.constantFrom('$1', 'x', '', '$2$1', '${0}x'),
    action: fc.constantFrom<RelabelAction>(
      ...(['replace', 'keep', 'drop', 'keepequal', 'dropequal', 'hashmod'] as const),
      ...(['labelmap', 'labeldrop', 'labelkeep', 'lowercase', 'uppercase'] as const),
    ),
  });

  it('never touches its input, leaves no empty value, and minds no order of labels', () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 5 }), labelSet, (rules, labels) => {
        const before = [...labels];
        const relabeller = new Relabeller(rules);
        const output = relabeller.apply(labels);
        expect([...labels]).toEqual(before);
        expect([...(output?.values() ?? [])]).not.toContain('');
        expect(relabeller.apply(new Map(before.toReversed()))).toEqual(output);
      }),
      { numRuns: 500 },
    );
  });

  it('rules in one list do what they do one after another', () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 5 }), labelSet, (rules, labels) => {
        // labelmap alone can tell an untouched label from one set before: left out here.
        fc.pre(rules.every(({ action }) => action !== 'labelmap'));
        const steps = rules.reduce<ReadonlyMap<string, string> | undefined>(
          (set, one) => set && new Relabeller([one]).apply(set),
          labels,
        );
        expect(new Relabeller(rules).apply(labels)).toEqual(steps);
      }),
    );
  });
});
