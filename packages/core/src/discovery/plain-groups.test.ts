import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import type { TargetGroup } from './discovery.js';
import { readJsonTargetGroups, readJsonTargetGroupsInSlices } from './read-target-groups.js';

const origin = { source: 'f.json', label: ['__meta_filepath', 'f.json'] } as const;

/** What groups say, or what is wrong with them. */
async function outcome(read: () => Promise<readonly TargetGroup[]>): Promise<unknown> {
  try {
    return (await read()).map(({ source, targets, labels }) => ({
      source,
      targets: targets.map((target) => [...target]),
      labels: new Map(labels),
    }));
  } catch (error) {
    return String(error);
  }
}

async function expectAsParsed(text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const inSlices = () => readJsonTargetGroupsInSlices(bytes, origin, new ManualClock());
  const parsed = async () => readJsonTargetGroups(bytes, origin);
  expect(await outcome(async () => (await inSlices()).groups)).toEqual(await outcome(parsed));
}

it.each([
  '{"targets":["a:1"],"labels":{"x":"1","y":"2"}}',
  ' { "targets" : [ "a:1" ] , "labels" : { "x" : "1" , "y" : "2" } } ',
  '{"labels":{"x":"1"},"targets":["a:1"]}',
  '{"targets":["a:1"],"labels":{}}',
  '{"targets":["a:1"]}',
  '{"labels":{"x":"1"}}',
  '{"targets":[],"labels":{"x":"1"}}',
  '{"targets":["a:1","b:1"],"labels":{"x":"1"}}',
  '{"targets":[""],"labels":{"x":"","y":"2"}}',
  '{"targets":["a:1"],"targets":["b:1"],"labels":{"x":"1"}}',
  '{"targets":["a:1"],"labels":{"x":"1"},"labels":{"y":"1"}}',
  '{"targets":["a:1"],"labels":{"x":"1","x":"2"}}',
  '{"targets":["a:1"],"labels":{"x":"1","x":""}}',
  '{"targets":["a:1"],"labels":{"":"1"}}',
  // Names that begin with the one the group before has there.
  '{"targets":["a:1"],"labels":{"xy":"1","yz":"2","zx":"3"}}',
  '{"targets":["a:1"],"labels":{"__meta_filepath":"other","x":"1"}}',
  '{"targets":["a:1"],"labels":{"x\\u0041":"1"}}',
  '{"targets":["a:1"],"labels":{"x":"\\"}"}}',
  '{"targets":["\\u0000"],"labels":{"x":"\\u0001"}}',
  '{"targets":["é:1"],"labels":{"é":"ü","x":"\\ud800"}}',
  '{"targets":["a:1"],"labels":{"x":null,"y":1}}',
  '{"targets":["a:1"],"labels":null}',
  '{"targets":[1],"labels":{"x":"1"}}',
  '{"Targets":["a:1"],"LABELS":{"x":"1"}}',
  '{"targets":["a:1"],"labels":{"x":"1"},"other":1}',
  '{"targets":["a:1"],"labels":{"x":"1",}}',
  '{"targets":["a:1"],"labels":{"x" "1"}}',
  '{"targets":["a:1"],"labels":{"x":"1"}',
  '{"targets":["a:1"],"labels":{"x":"1',
  '{"targets":["a:1"],"labels":{"x":"\u0001"}}',
])('reads what JSON.parse reads, and refuses what it refuses: %j', async (group) => {
  await expectAsParsed(`[${group}]`);
  // Among others that are plain, with names of which it begins with the same, or with others.
  const plain = '{"targets":["p:1"],"labels":{"x":"1","y":"2","z":"3"}}';
  await expectAsParsed(`[${plain},${group},${plain},${group}]`);
});

it('reads every list of groups as JSON.parse does', async () => {
  const name = fc.constantFrom('a', 'b', 'c', 'ab', '__meta_filepath', 'é', '__proto__', '1');
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('', 'same', 'same', 'other', null),
  );
  const group = fc.record(
    {
      targets: fc.array(fc.string({ maxLength: 8 }), { maxLength: 2 }),
      labels: fc.dictionary(name, value, { maxKeys: 5 }),
    },
    { requiredKeys: ['targets'] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(group, { maxLength: 12 }), fc.nat(2), async (groups, indent) => {
      await expectAsParsed(JSON.stringify(groups, undefined, indent));
    }),
    { numRuns: 300 },
  );
});

it('knows more texts than it keeps, each of them once as long as it is kept', async () => {
  const groups = Array.from({ length: 9_000 }, (_, i) => ({
    targets: [`h${i}:1`],
    labels: { own: `value ${i}`, many: `m${i % 5_000}`, few: `f${i % 3}` },
  }));
  await expectAsParsed(JSON.stringify(groups));
});
