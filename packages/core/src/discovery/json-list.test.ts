import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TimeSlice } from '../self/time-slice.js';
import { ManualClock } from '../testing/manual-clock.js';
import { type ObjectList, readObjectList } from './json-list.js';

/** Lists of objects as they are, and how many were parsed. */
function reader() {
  const reading = {
    parsed: 0,
    read: (text: string, last?: ObjectList<unknown>) =>
      // A slice that is spent at every look.
      readObjectList(Buffer.from(text), { take }, new TimeSlice(new ManualClock(), -1), last),
  };
  const take = (object: unknown): unknown => {
    reading.parsed++;
    return object;
  };
  return reading;
}

function placesOf(list: ObjectList<unknown> | undefined): [start: number, end: number][] {
  const { starts, ends, values } = list!;
  return values.map((_, i) => [starts.at(i), ends.at(i)]);
}

async function objectsOf(text: string): Promise<unknown[] | undefined> {
  const list = await reader().read(text);
  return list?.values.slice();
}

it.each([
  ['[]', []],
  [' [ ] \n', []],
  ['[{}]', [{}]],
  ['[{"a": "}]\\"\\\\"}, {"b": [{"c": null}]}]', [{ a: '}]"\\' }, { b: [{ c: null }] }]],
])('reads %s', async (text, list) => {
  expect(await objectsOf(text)).toEqual(list);
});

it.each([
  '',
  '{}',
  '[',
  '[]]',
  '[{}',
  '[{},]',
  '[{} {}]',
  '[{}]x',
  '[1]',
  '[null]',
  '[[]]',
  '[{"a}]',
  '[{"a\\',
  '\ufeff[]',
  '[{a:1}]',
])('leaves %j to JSON.parse', async (text) => {
  expect(await objectsOf(text)).toBeUndefined();
});

const anyObject = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());

it('reads every list of objects as JSON.parse does, and no other text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyObject), fc.nat(3), fc.nat(), async (list, indent, cut) => {
      const text = JSON.stringify(list, undefined, indent);
      expect(await objectsOf(text)).toEqual(JSON.parse(text));
      const broken = text.slice(0, cut % text.length);
      expect(await objectsOf(broken)).toBeUndefined();
    }),
    { numRuns: 50 },
  );
});

it('reads a list after another one as it reads it alone', async () => {
  const fewObjects = fc.constantFrom({}, { a: 1 }, { a: '}' }, { b: { a: 1 } }, { b: 'é' });
  const lists = fc.array(fc.array(fewObjects, { maxLength: 6 }), { minLength: 2, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(lists, fc.nat(1), fc.nat(), async (all, indent, cut) => {
      const { read } = reader();
      let last: ObjectList<unknown> | undefined;
      for (const objects of all) {
        const text = JSON.stringify(objects, undefined, indent);
        expect(await read(text.slice(0, cut % text.length), last)).toBeUndefined();
        const list = await read(text, last);
        expect(placesOf(list)).toEqual(placesOf(await read(text)));
        expect(list?.values).toEqual(objects);
        last = list;
      }
    }),
  );
});

it.each<[string, number[], number[], number]>([
  ['the same', [1, 2, 3, 4], [1, 2, 3, 4], 0],
  ['one is another', [1, 2, 3, 4], [1, 2, 9, 4], 1],
  ['one has come, at the front', [1, 2, 3, 4], [9, 1, 2, 3, 4], 1],
  ['one has come', [1, 2, 3, 4], [1, 2, 9, 3, 4], 1],
  ['one has gone', [1, 2, 3, 4], [1, 2, 4], 0],
  ['the last has gone', [1, 2, 3, 4], [1, 2, 3], 0],
  ['two far from each other', [1, 2, 3, 4, 5, 6], [1, 8, 3, 4, 9, 6], 2],
  ['the first is longer', [1, 2, 3, 4], [11111, 2, 3, 4], 1],
])('parses what changed: %s', async (_, before, after, parsed) => {
  const reading = reader();
  const textOf = (list: number[]) => JSON.stringify(list.map((a) => ({ a })));
  const last = await reading.read(textOf(before));
  reading.parsed = 0;
  const list = await reading.read(textOf(after), last);
  expect(list?.values).toEqual(after.map((a) => ({ a })));
  expect(reading.parsed).toBe(parsed);
});
