import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompactLabels, LabelNames } from '../model/compact-labels.js';
import type { Labels } from '../model/labels.js';
import { LabelOverlay } from './label-overlay.js';
import { LayeredLabels } from './layered-labels.js';

const names = ['a', 'b', 'job', 'z', '\u{10000}', '\uffff'];

function compact(labels: Labels): Labels {
  let list = new LabelNames();
  for (const name of labels.keys()) list = list.and(name);
  return new CompactLabels(list, [...labels.values()]);
}

const labelsOfAny = fc
  .dictionary(fc.constantFrom(...names), fc.constantFrom('1', '2', '3'))
  .map((labels) => new Map(Object.entries(labels)));
const changesOfAny = fc.array(
  fc.tuple(fc.constantFrom(...names, 'new'), fc.constantFrom('', '1', '9')),
);

describe('LayeredLabels', () => {
  it('is what a LabelOverlay over the merged layers is, one set after another', () => {
    const layered = new LayeredLabels();
    const sets = fc.array(fc.tuple(labelsOfAny, labelsOfAny, changesOfAny, fc.boolean()));
    fc.assert(
      fc.property(sets, (all) => {
        for (const [upper, lower, changes, isCompact] of all) {
          const overlay = new LabelOverlay();
          overlay.reset(new Map([...lower, ...upper]));
          layered.reset();
          for (const layer of [upper, lower])
            layered.addBeneath(isCompact ? compact(layer) : layer);
          for (const [name, value] of changes) {
            overlay.set(name, value);
            layered.set(name, value);
            expect(layered.get(name)).toBe(overlay.get(name));
          }
          const all = () => true;
          expect(layered.matchingNames(all)).toEqual(overlay.matchingNames(all));
          expect(layered.labels()).toEqual(new Map(overlay.labels()));
        }
      }),
    );
  });

  it('forgets names when there are too many, and knows those that come next', () => {
    const layered = new LayeredLabels();
    const before = layered.names;
    for (let i = 0; i < 3_000; i++) {
      layered.reset();
      layered.addBeneath(compact(new Map([['a', 'x']])));
      layered.set(`name_${i}`, 'y');
      expect(layered.labels()).toEqual(
        new Map([
          ['a', 'x'],
          [`name_${i}`, 'y'],
        ]),
      );
    }
    expect(layered.names).not.toBe(before);
    expect(layered.names.length).toBeLessThan(1_100);
  });

  it('keeps its places sorted by the bytes of their names', () => {
    const layered = new LayeredLabels();
    for (const name of names.toReversed()) layered.set(name, '1');
    expect(layered.sortedPlaces.map((place) => layered.names[place])).toEqual([
      ...names.slice(0, 4),
      '\uffff',
      '\u{10000}',
    ]);
  });
});
