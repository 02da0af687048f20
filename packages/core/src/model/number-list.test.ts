import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NumberList } from './number-list.js';

it('holds what an array would, whether numbers come one by one or from another list', () => {
  const number = fc.integer({ min: 0, max: 2 ** 31 });
  const piece = fc.record({ numbers: fc.array(number, { maxLength: 100 }), added: fc.nat(1_000) });
  fc.assert(
    fc.property(fc.array(piece), fc.nat(), (pieces, cut) => {
      const list = new NumberList();
      const array: number[] = [];
      for (const { numbers, added } of pieces) {
        const other = new NumberList();
        for (const one of numbers) other.push(one);
        const from = cut % (numbers.length + 1);
        list.append(other, from, numbers.length, added);
        list.push(added);
        array.push(...numbers.slice(from).map((one) => one + added), added);
      }
      expect(Array.from({ length: list.length }, (_, i) => list.at(i))).toEqual(array);
    }),
  );
});
