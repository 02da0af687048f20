import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyTable } from './key-table.js';
import { seriesContext } from './series-context.js';

const encoder = new TextEncoder();
const text = (key: Uint8Array): string => new TextDecoder().decode(key);

function add(keys: KeyTable, key: string, context = 0): number {
  const bytes = encoder.encode(key);
  return keys.add(bytes, 0, bytes.length, context);
}

function find(keys: KeyTable, key: string, context = 0): number {
  const bytes = encoder.encode(key);
  return keys.find(bytes, 0, bytes.length, context);
}

describe('KeyTable', () => {
  it('gives each text and context one slot, the same each time', () => {
    const keys = new KeyTable();
    expect(add(keys, 'a{b="c"}')).toBe(0);
    expect(add(keys, 'a{b="d"}')).toBe(1);
    expect(add(keys, 'a{b="c"}', seriesContext.histogram)).toBe(2);
    expect(add(keys, 'a{b="c"}')).toBe(0);
    expect([keys.size, keys.idCount]).toEqual([3, 3]);
    expect(find(keys, 'a{b="c"}', seriesContext.histogram)).toBe(2);
    expect(find(keys, 'a{b="c"}', seriesContext.summary)).toBe(-1);
    expect([text(keys.key(1)), keys.contextOf(1), keys.contextOf(2)]).toEqual(['a{b="d"}', 0, 1]);
  });

  it('takes the key out of the middle of a body, at any offset of its buffer', () => {
    const body = encoder.encode('xx{up} 1\n').subarray(2);
    const keys = new KeyTable();
    const slot = keys.add(body, 0, 4, 0);
    expect(text(keys.key(slot))).toBe('{up}');
    expect(find(keys, '{up}')).toBe(slot);
  });

  it('gives a freed slot to the next new series; removing twice changes nothing', () => {
    const keys = new KeyTable();
    for (const key of ['a', 'b', 'c']) add(keys, key);
    keys.remove(1);
    keys.remove(1);
    keys.remove(7);
    expect([keys.has(0), keys.has(1), keys.has(3), find(keys, 'b')]).toEqual([
      true,
      false,
      false,
      -1,
    ]);
    expect([keys.size, keys.idCount]).toEqual([2, 3]);
    expect(add(keys, 'd')).toBe(1);
    expect(add(keys, 'e')).toBe(3);
  });

  it('the arena shrinks when more than half of it is garbage', () => {
    const keys = new KeyTable();
    for (let i = 0; i < 10_000; i++) add(keys, `some_metric_name{label="value ${i}"}`);
    const full = keys.memoryBytes;
    for (let i = 0; i < 9_900; i++) keys.remove(i);
    expect(keys.memoryBytes).toBeLessThan(full - 200_000);
    for (let i = 9_900; i < 10_000; i++) {
      expect(text(keys.key(i))).toBe(`some_metric_name{label="value ${i}"}`);
      expect(find(keys, `some_metric_name{label="value ${i}"}`)).toBe(i);
    }
  });

  it('a million series take their text and at most thirty bytes each', () => {
    const keys = new KeyTable();
    const bytes = encoder.encode('http_requests_total{path="/0000000"}');
    const digits = bytes.length - 9;
    for (let i = 0; i < 1_000_000; i++) {
      for (let at = digits + 6, rest = i; at >= digits; at--, rest = Math.floor(rest / 10)) {
        bytes[at] = 48 + (rest % 10);
      }
      keys.add(bytes, 0, bytes.length, 0);
    }
    keys.trim();
    expect(keys.size).toBe(1_000_000);
    expect(keys.memoryBytes / 1_000_000 - bytes.length).toBeLessThan(30);
    expect(find(keys, 'http_requests_total{path="/0654321"}')).toBe(654_321);
  });

  it('does what a Map does, in any order of adding, removing and trimming', () => {
    const key = fc.tuple(
      fc.oneof(fc.string({ maxLength: 3 }), fc.string({ minLength: 5, maxLength: 40 })),
      fc.integer({ min: 0, max: 3 }),
    );
    const step = fc.oneof(
      { weight: 6, arbitrary: key.map((one) => (pair: Pair) => pair.add(...one)) },
      { weight: 4, arbitrary: fc.nat().map((at) => (pair: Pair) => pair.remove(at)) },
      { weight: 1, arbitrary: fc.constant((pair: Pair) => pair.keys.trim()) },
      { weight: 1, arbitrary: fc.nat(500).map((n) => (pair: Pair) => pair.keys.reserve(n, 9 * n)) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const pair = new Pair();
        for (const take of steps) take(pair);
        pair.check();
      }),
      { numRuns: 300 },
    );
  });
});

/** The keys and the Map they should equal. */
class Pair {
  readonly keys = new KeyTable();
  readonly #model = new Map<string, number>();

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

  check(): void {
    expect(this.keys.size).toBe(this.#model.size);
    expect(new Set(this.#model.values()).size).toBe(this.#model.size);
    for (const [name, slot] of this.#model) {
      expect(`${this.keys.contextOf(slot)} ${text(this.keys.key(slot))}`).toBe(name);
      expect(find(this.keys, name.slice(2), Number(name[0]))).toBe(slot);
    }
  }
}
