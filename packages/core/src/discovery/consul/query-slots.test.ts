import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { QuerySlots } from './query-slots.js';

const { signal: never } = new AbortController();

it('lets some questions wait for news and asks the rest at once, in turns', async () => {
  const slots = new QuerySlots(2, 1);
  const asked: number[] = [];
  const ends: (() => void)[] = [];
  const ask = (index: number) =>
    slots.ask(index, never, (at) => {
      asked.push(at);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const all = [ask(5), ask(6), ask(7), ask(0), ask(8)];
  await turn();
  expect(asked).toEqual([5, 6, 0]);
  ends[2]!();
  await turn();
  expect(asked).toEqual([5, 6, 0, 0]);
  for (let i = 0; i < all.length; i++) {
    for (const end of ends) end();
    await turn();
  }
  await Promise.all(all);
  expect(asked).toEqual([5, 6, 0, 0, 0]);
});

it('a turn that is given up is another one’s', async () => {
  const slots = new QuerySlots(0, 1);
  let end = () => {};
  const first = slots.ask(0, never, () => new Promise<void>((resolve) => (end = resolve)));
  const impatient = new AbortController();
  const second = slots.ask(0, impatient.signal, async () => 'second');
  const third = slots.ask(0, never, async () => 'third');
  await turn();
  end();
  impatient.abort();
  expect(await Promise.all([first, second, third])).toEqual([undefined, undefined, 'third']);
});

it('a question that fails gives its place back', async () => {
  const slots = new QuerySlots(1, 1);
  for (let i = 0; i < 5; i++) {
    for (const index of [0, 1]) {
      const asked = slots.ask(index, never, () => Promise.reject(new Error('refused')));
      await expect(asked).rejects.toThrow('refused');
    }
  }
  expect(await slots.ask(3, never, async (at) => at)).toBe(3);
});

it('never asks more at a time, and asks everything that is not given up', async () => {
  const question = fc.record({ index: fc.nat(2), turns: fc.nat(3), abortAfter: fc.nat(8) });
  await fc.assert(
    fc.asyncProperty(fc.array(question, { maxLength: 30 }), async (questions) => {
      const slots = new QuerySlots(2, 3);
      const now = { blocking: 0, plain: 0 };
      let answered = 0;
      const work = questions.map(async ({ index, turns, abortAfter }) => {
        const stop = new AbortController();
        const asking = slots.ask(index, stop.signal, async (at) => {
          const kind = at > 0 ? 'blocking' : 'plain';
          now[kind]++;
          expect(now.blocking).toBeLessThanOrEqual(2);
          expect(now.plain).toBeLessThanOrEqual(3);
          for (let i = 0; i < turns; i++) await turn();
          now[kind]--;
          answered++;
          return true;
        });
        for (let i = 0; i < abortAfter; i++) await turn();
        if (abortAfter < 4) stop.abort();
        if ((await asking) === undefined) answered++;
      });
      await Promise.all(work);
      expect(answered).toBe(questions.length);
    }),
    { numRuns: 50 },
  );
});
