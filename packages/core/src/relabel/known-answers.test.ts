import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KnownAnswers } from './known-answers.js';

function counted() {
  const counter = { asked: 0 };
  const answers = new KnownAnswers((text) => {
    counter.asked++;
    return text.length > 3 ? undefined : `${text}!`;
  });
  return { counter, answers };
}

it('answers as the function does, whatever it was asked before', () => {
  const text = fc.oneof(fc.string({ maxLength: 6 }), fc.nat(2_000).map(String));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 3_000, size: 'max' }), (texts) => {
      const { answers } = counted();
      for (const one of texts) expect(answers.of(one)).toBe(one.length > 3 ? undefined : `${one}!`);
    }),
    { numRuns: 20 },
  );
});

it('asks once for each of a few texts, an undefined answer among them', () => {
  const { answers, counter } = counted();
  for (let i = 0; i < 10_000; i++) answers.of(`${i % 3}`.repeat((i % 3) * 2));
  expect(counter.asked).toBe(3);
});

it('keeps nothing where all texts are new', () => {
  const { answers, counter } = counted();
  for (let i = 0; i < 5_000; i++) answers.of(`${i}`);
  for (let i = 0; i < 5_000; i++) answers.of('9');
  expect(counter.asked).toBe(10_000);
});
