import fc from 'fast-check';
import { expect, it } from 'vitest';
import { labelsOfBytes } from '../labels-of-bytes.js';
import { field, varintAt } from '../request-parts.js';
import { LabelRefs } from './label-refs.js';
import { SymbolTable } from './symbol-table.js';

const label = fc.tuple(
  fc.constantFrom('__name__', 'a', 'instance', 'job', 'le', 'größe'),
  fc.constantFrom('', 'a', 'b', 'long value '.repeat(20), 'ö', 'bb'),
);
const series = fc.uniqueArray(label, { selector: ([name]) => name, maxLength: 6 });

function bytesOf(labels: readonly (readonly [string, string])[]): Uint8Array {
  return Buffer.concat(
    labels.map((pair) => {
      const [name, value] = pair.map((text) => Buffer.from(text));
      return field(0x0a, Buffer.concat([field(0x0a, name!), field(0x12, value!)]));
    }),
  );
}

function numbersIn(packed: Uint8Array): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < packed.length; ) {
    const { value, end } = varintAt(packed, at);
    numbers.push(value);
    at = end;
  }
  return numbers;
}

it('says the same of every series as looking up each label, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(series, fc.boolean()), { maxLength: 30 }), (all) => {
      const refs = new LabelRefs();
      const tables = [new SymbolTable(), new SymbolTable()];
      let nameBefore: string | undefined;
      for (const [labels, isOtherTable] of all) {
        const symbols = tables[isOtherTable ? 1 : 0]!;
        const bytes = bytesOf(labels);
        const isOther = refs.take(bytes, symbols);
        const wanted: number[] = [];
        let name = '';
        labelsOfBytes(bytes, (key, value) => {
          wanted.push(symbols.refOf(key), symbols.refOf(value));
          if (key === '__name__') name = value;
        });
        expect(numbersIn(refs.bytes.subarray(0, refs.length))).toEqual(wanted);
        expect(refs.metricName).toBe(name);
        if (name !== nameBefore) expect(isOther).toBe(true);
        nameBefore = name;
      }
    }),
  );
});
