import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompactLabels, LabelNames } from '../model/compact-labels.js';
import type { Labels } from '../model/labels.js';
import { TextTable } from '../model/text-table.js';
import { atOnce } from '../self/time-slice.js';
import { type ColumnRule, compileColumnRules } from './column-rules.js';
import { LabelColumns, mostRows } from './label-columns.js';
import { Relabeller } from './relabeller.js';
import type { RelabelAction, RelabelRule } from './rule.js';

const name = fc.constantFrom('a', 'b', 'c', '__meta_x', 'job', 'é', '1', '\u{10000}', '\uffff');
const value = fc.constantFrom('a', 'b', 'foo', 'foo:1', '$1', 'İß', '\n', '10.0.0.1:80');
const labelSet = fc.dictionary(name, value).map((labels) => new Map(Object.entries(labels)));
const anyRule: fc.Arbitrary<RelabelRule> = fc.record({
  sourceLabels: fc.array(name, { maxLength: 3 }),
  separator: fc.constantFrom(';', ''),
  regex: fc.constantFrom('(.*)', '(.+)', 'foo|b', '([a-z]+)(?::(\\d))?', '(.)(.*)', ''),
  modulus: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constant(2 ** 32)),
  targetLabel: fc.oneof(name, fc.constantFrom('$1', 'x_$2', '')),
  replacement: fc.constantFrom('$1', 'x', '', '$2$1', '${0}x'),
  action: fc.constantFrom<RelabelAction>(
    ...(['replace', 'replace', 'keep', 'drop', 'keepequal', 'dropequal', 'hashmod'] as const),
    ...(['labelmap', 'labelmap', 'labeldrop', 'labelkeep', 'lowercase', 'uppercase'] as const),
  ),
});

const table = new TextTable();

/** As a list of groups has them. */
function ofTable(labels: Labels): Labels {
  let names = new LabelNames();
  const start = table.length;
  for (const [key, text] of labels) {
    names = names.and(key);
    table.add(text);
  }
  return new CompactLabels(names, table, start);
}

/** As an address has them. */
function alone(labels: Labels): Labels {
  return new CompactLabels(new LabelNames([...labels.keys()]), [...labels.values()]);
}

const compiled = (rules: readonly RelabelRule[]) => atOnce(compileColumnRules(rules));

/** What becomes of the label sets of a batch, by row. */
function relabel(rules: readonly ColumnRule[], labels: LabelColumns) {
  for (const rule of rules) rule(labels);
  const rows = [...labels.rows.subarray(0, labels.count)];
  return new Map(rows.map((row) => [row, labels.labelsOf(row)]));
}

describe('rules on columns', () => {
  it('makes of a batch what a Relabeller makes of each set, one batch after another', () => {
    const row = fc.record({
      own: labelSet,
      group: labelSet,
      make: fc.constantFrom<((labels: Labels) => Labels)[]>((labels) => labels, ofTable, alone),
    });
    const batches = fc.array(fc.array(row, { maxLength: 8 }), { maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(anyRule, { maxLength: 6 }),
        batches,
        labelSet,
        fc.boolean(),
        (rules, all, ofJob, forgets) => {
          const one = new Relabeller(rules);
          const inColumns = compiled(rules);
          const labels = new LabelColumns();
          for (const batch of all) {
            labels.begin();
            for (const { own, group, make } of batch) {
              const at = labels.addRow();
              labels.addBeneath(at, make(own));
              labels.addBeneath(at, make(group));
            }
            labels.addBeneathAll(ofJob);
            const expected = batch.map(({ own, group }) =>
              one.apply(new Map([...ofJob, ...group, ...own])),
            );
            const rows = relabel(inColumns, labels);
            batch.forEach((_, i) => {
              expect(rows.get(i)).toEqual(expected[i] && new Map(expected[i]));
            });
            if (forgets) labels.end();
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('forgets names when there are too many, and knows those that come next', () => {
    const named = { regex: '(.+)', targetLabel: 'name_$1', replacement: 'y', separator: ';' };
    const inColumns = compiled([
      { ...named, sourceLabels: ['a'], action: 'replace', modulus: 0 },
      { ...named, sourceLabels: [], action: 'labelmap', regex: 'name_(.)', modulus: 0 },
    ]);
    const labels = new LabelColumns();
    const before = labels.columns;
    for (let from = 0; from < 3_000; from += mostRows) {
      labels.begin();
      for (let i = from; !labels.isFull; i++) {
        labels.addBeneath(labels.addRow(), new Map([['a', String(i)]]));
      }
      const rows = relabel(inColumns, labels);
      expect(rows.size).toBe(mostRows);
      for (const [row, now] of rows) {
        expect(now.get(`name_${from + row}`)).toBe('y');
        expect(now.size).toBe(from + row < 10 ? 3 : 2);
      }
    }
    expect(labels.columns).not.toBe(before);
    expect(labels.columns.length).toBeLessThan(1_100);
  });

  it('forgets texts when there are too many', () => {
    const inColumns = compiled([]);
    const labels = new LabelColumns();
    const { texts } = labels;
    for (let i = 0; i < 40_000; i++) {
      if (i % mostRows === 0) labels.begin();
      labels.addBeneath(labels.addRow(), ofTable(new Map([['a', String(i)]])));
    }
    expect([...relabel(inColumns, labels).values()].at(-1)).toEqual(new Map([['a', '39999']]));
    expect(labels.texts).not.toBe(texts);
    expect(labels.texts.length).toBeLessThan(10_000);
  });
});
