import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SharedKeys } from '../../exposition/shared-keys.js';
import { LabelEncoder } from './label-encoder.js';
import { TargetLabels } from './target-labels.js';

const encoder = new LabelEncoder(new Map([['dc', 'x']]));
const encoded = (labels: Record<string, string>): Uint8Array =>
  Uint8Array.from(encoder.encode(new Map(Object.entries(labels))));
const ofTarget = (shared: SharedKeys, instance: string): TargetLabels =>
  new TargetLabels(shared, encoded({ instance, job: 'j' }));

test('targets of one kind share what they expose', () => {
  const shared = new SharedKeys();
  const bytes = (instance: string) =>
    encoded({ __name__: 'm', a: '1', instance, job: 'j', z: '2' });
  const [one, two] = [ofTarget(shared, 'h:1'), ofTarget(shared, 'h:2')];
  const refs = [one.add(bytes('h:1')), two.add(bytes('h:2'))];
  expect(shared.size).toBe(1);
  expect(Buffer.from(one.bytesOf(refs[0]!))).toEqual(Buffer.from(bytes('h:1')));
  expect(Buffer.from(two.bytesOf(refs[1]!))).toEqual(Buffer.from(bytes('h:2')));
  Array.from(one.clear());
  expect(shared.size).toBe(1);
  Array.from(two.clear());
  expect(shared.size).toBe(0);
});

test('an exposed label that only looks like one of the target is kept as it is', () => {
  const shared = new SharedKeys();
  const target = ofTarget(shared, 'h:1');
  const bytes = encoded({ __name__: 'm', instance: 'h:2', exported_job: 'j' });
  expect(Buffer.from(target.bytesOf(target.add(bytes)))).toEqual(Buffer.from(bytes));
});

test('labels longer than the scratch', () => {
  const target = ofTarget(new SharedKeys(), 'h:1');
  const bytes = encoded({ __name__: 'm', a: 'x'.repeat(100_000), instance: 'h:1', job: 'j' });
  expect(Buffer.from(target.bytesOf(target.add(bytes)))).toEqual(Buffer.from(bytes));
});

const step = fc.record({
  target: fc.nat(2),
  series: fc.nat(40),
  isRemoved: fc.boolean(),
});

test('whatever comes and goes, a ref stands for its labels and equal labels have one ref', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const shared = new SharedKeys();
      const targets = [0, 1, 2].map((i) => ofTarget(shared, `h:${i}`));
      const refs = targets.map(() => new Map<number, number>());
      const bytesOf = (target: number, series: number) =>
        encoded({ __name__: `m${series}`, instance: `h:${target}`, job: 'j', z: `${series % 3}` });
      for (const { target, series, isRemoved } of steps) {
        const known = refs[target]!.get(series);
        if (isRemoved) {
          if (known !== undefined) targets[target]!.remove(known);
          refs[target]!.delete(series);
          continue;
        }
        const ref = targets[target]!.add(bytesOf(target, series));
        expect(ref).toBe(known ?? ref);
        refs[target]!.set(series, ref);
      }
      const live = new Set(refs.flatMap((byTarget) => [...byTarget.keys()]));
      expect(shared.size).toBe(live.size);
      for (const [i, byTarget] of refs.entries()) {
        expect(targets[i]!.size).toBe(byTarget.size);
        expect(new Set(byTarget.values()).size).toBe(byTarget.size);
        for (const [series, ref] of byTarget) {
          expect(Buffer.from(targets[i]!.bytesOf(ref))).toEqual(Buffer.from(bytesOf(i, series)));
        }
      }
    }),
    { numRuns: 200 },
  );
});
