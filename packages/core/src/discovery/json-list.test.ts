import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TimeSlice } from '../self/time-slice.js';
import { ManualClock } from '../testing/manual-clock.js';
import { parseObjectList } from './json-list.js';

/** A slice that is spent at every look. */
const spent = () => new TimeSlice(new ManualClock(), -1);

it.each([
  ['[]', []],
  [' [ ] \n', []],
  ['[{}]', [{}]],
  ['[{"a": "}]\\"\\\\"}, {"b": [{"c": null}]}]', [{ a: '}]"\\' }, { b: [{ c: null }] }]],
])('reads %s', async (text, list) => {
  expect(await parseObjectList(text, spent())).toEqual(list);
});

it.each([
  '',
  '{}',
  '[',
  '[{}',
  '[{},]',
  '[{} {}]',
  '[{}]x',
  '[1]',
  '[null]',
  '[[]]',
  '[{"a}]',
  '\ufeff[]',
  '[{a:1}]',
])('leaves %j to JSON.parse', async (text) => {
  expect(await parseObjectList(text, spent())).toBeUndefined();
});

it('reads every list of objects as JSON.parse does, and no other text', async () => {
  const objects = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()));
  await fc.assert(
    fc.asyncProperty(objects, fc.nat(3), fc.nat(), async (list, indent, cut) => {
      const text = JSON.stringify(list, undefined, indent);
      expect(await parseObjectList(text, spent())).toEqual(JSON.parse(text));
      const broken = text.slice(0, cut % text.length);
      expect(await parseObjectList(broken, spent())).toBeUndefined();
    }),
    { numRuns: 50 },
  );
});
