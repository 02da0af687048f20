import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TextPages } from './text-pages.js';

it('gives again each pair as it was added, long ones among them', () => {
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
        pages.add(first, second);
        return { page: pages.page, place: pages.place };
      });
      const read = places.map(({ page, place }) => [page.read(place), page.readNext(place)]);
      expect(read).toEqual(pairs);
    }),
  );
});
