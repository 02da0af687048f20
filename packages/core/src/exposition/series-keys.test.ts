import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seriesContext } from './series-context.js';
import { SeriesKeys } from './series-keys.js';
import { SharedKeys } from './shared-keys.js';

const encoder = new TextEncoder();
const text = (key: Uint8Array): string => new TextDecoder().decode(key);

function add(keys: SeriesKeys, key: string, context = 0): number {
  const bytes = encoder.encode(key);
  return keys.add(bytes, 0, bytes.length, context);
}

function find(keys: SeriesKeys, key: string, context = 0): number {
  const bytes = encoder.encode(key);
  return keys.find(bytes, 0, bytes.length, context);
}

it('slots are those of the target, texts those of all', () => {
  const texts = new SharedKeys();
  const [one, two] = [new SeriesKeys(texts), new SeriesKeys(texts)];
  expect([add(one, 'a'), add(one, 'b')]).toEqual([0, 1]);
  expect([add(two, 'b'), add(two, 'c'), add(two, 'b')]).toEqual([0, 1, 0]);
  expect(add(two, 'b', seriesContext.histogram)).toBe(2);
  expect([find(one, 'a'), find(one, 'c'), find(two, 'c'), find(two, 'a')]).toEqual([0, -1, 1, -1]);
  expect([one.size, two.size, texts.size]).toEqual([2, 3, 4]);
  expect([text(one.key(1)), text(two.key(0)), two.contextOf(2)]).toEqual(['b', 'b', 1]);
});

it('a text stays until the last target lets go of it', () => {
  const texts = new SharedKeys();
  const [one, two] = [new SeriesKeys(texts), new SeriesKeys(texts)];
  const slots = [add(one, 'a'), add(two, 'a')];
  one.remove(slots[0]!);
  one.remove(slots[0]!);
  expect([one.has(slots[0]!), find(one, 'a'), find(two, 'a'), texts.size]).toEqual([
    false,
    -1,
    slots[1],
    1,
  ]);
  two.remove(slots[1]!);
  expect(texts.size).toBe(0);
});

it('a freed slot goes to the next new series', () => {
  const keys = new SeriesKeys();
  for (const key of ['a', 'b', 'c']) add(keys, key);
  keys.remove(1);
  keys.remove(7);
  expect([keys.has(0), keys.has(1), keys.has(3)]).toEqual([true, false, false]);
  expect([add(keys, 'd'), add(keys, 'e'), keys.slotCount]).toEqual([1, 3, 4]);
});

it('the room of a large target goes with it, and takes its time', () => {
  const texts = new SharedKeys();
  const [large, small] = [new SeriesKeys(texts), new SeriesKeys(texts)];
  for (let i = 0; i < 50_000; i++) add(large, `some_metric_name{label="value ${i}"}`);
  add(small, 'some_metric_name{label="value 7"}');
  let turns = 0;
  for (const _ of large.clear()) turns++;
  expect(turns).toBeGreaterThan(5);
  expect([large.size, texts.size, find(small, 'some_metric_name{label="value 7"}')]).toEqual([
    0, 1, 0,
  ]);
  expect(large.memoryBytes).toBe(0);
  // The text that is left was among the first: its arrays end behind it.
  expect(texts.memoryBytes).toBeLessThan(2000);
});

type Step = (targets: readonly Pair[]) => void;

it('does what a Map per target does, in any order of adding, removing, trimming and closing', () => {
  const nth = fc.nat(2);
  const key = fc.tuple(
    fc.oneof(fc.string({ maxLength: 3 }), fc.string({ minLength: 5, maxLength: 40 })),
    fc.integer({ min: 0, max: 2 }),
  );
  const known = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constant(0));
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(nth, fc.oneof(key, known)).map(
        ([n, [name, context]]): Step =>
          (targets) =>
            targets[n]!.add(name, context),
      ),
    },
    {
      weight: 4,
      arbitrary: fc.tuple(nth, fc.nat()).map(
        ([n, at]): Step =>
          (targets) =>
            targets[n]!.remove(at),
      ),
    },
    {
      weight: 1,
      arbitrary: nth.map(
        (n): Step =>
          (targets) =>
            targets[n]!.keys.trim(),
      ),
    },
    {
      weight: 1,
      arbitrary: nth.map(
        (n): Step =>
          (targets) =>
            targets[n]!.keys.reserve(100),
      ),
    },
    {
      weight: 1,
      arbitrary: nth.map(
        (n): Step =>
          (targets) =>
            targets[n]!.clear(),
      ),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const texts = new SharedKeys();
      const targets = [0, 1, 2].map(() => new Pair(texts));
      for (const take of steps) take(targets);
      const names = new Set(targets.flatMap((target) => target.check()));
      expect(texts.size).toBe(names.size);
    }),
    { numRuns: 500 },
  );
});

/** The keys of a target and the Map they should equal. */
class Pair {
  readonly keys: SeriesKeys;
  readonly #model = new Map<string, number>();

  constructor(texts: SharedKeys) {
    this.keys = new SeriesKeys(texts);
  }

  add(name: string, context: number): void {
    const slot = add(this.keys, name, context);
    expect(slot).toBe(this.#model.get(`${context} ${name}`) ?? slot);
    this.#model.set(`${context} ${name}`, slot);
  }

  remove(at: number): void {
    const entry = [...this.#model][at % Math.max(1, this.#model.size)];
    if (entry === undefined) return;
    this.keys.remove(entry[1]);
    this.#model.delete(entry[0]);
  }

  clear(): void {
    Array.from(this.keys.clear());
    this.#model.clear();
  }

  check(): string[] {
    expect(this.keys.size).toBe(this.#model.size);
    expect(new Set(this.#model.values()).size).toBe(this.#model.size);
    for (const [name, slot] of this.#model) {
      expect(`${this.keys.contextOf(slot)} ${text(this.keys.key(slot))}`).toBe(name);
      expect(find(this.keys, name.slice(2), Number(name[0]))).toBe(slot);
    }
    return [...this.#model.keys()];
  }
}
