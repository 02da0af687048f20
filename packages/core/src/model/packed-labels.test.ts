import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packLabels, toPack, unpackLabels } from './packed-labels.js';

const text = fc.string({ unit: fc.constantFrom('a', '0', '1', '\0', '\x01', 'é') });

describe('packed labels', () => {
  it('are unpacked as they were, whatever bytes they hold', () => {
    const labels = fc.array(fc.tuple(text, text)).map((pairs) => new Map(pairs));
    fc.assert(
      fc.property(labels, (all) => {
        if (all.size === 1 && all.get('') === '') return;
        expect(unpackLabels(packLabels([...all].flat().map(toPack)))).toEqual(all);
      }),
    );
  });
});
