import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TextPages } from './text-pages.js';

it('gives texts and pairs again as they were added, long ones among them', () => {
  // Whole characters: UTF-8 has no half ones.
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.integer({ min: 3_900, max: 4_200 }).map((length) => 'x'.repeat(length)),
    fc.constantFrom('', '\0', 'é'.repeat(2_047), '\u{1f600}'),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 30 }), (pairs) => {
      const pages = new TextPages();
      const places = pairs.map(([first, second]) => {
        pages.addPair(first, second);
        const pair = { page: pages.page, place: pages.place };
        pages.add(second);
        return { pair, alone: { page: pages.page, place: pages.place } };
      });
      const read = places.map(({ pair, alone }) => [
        pair.page.read(pair.place),
        pair.page.readNext(pair.place),
        alone.page.read(alone.place),
      ]);
      expect(read).toEqual(pairs.map(([first, second]) => [first, second, second]));
    }),
  );
});
