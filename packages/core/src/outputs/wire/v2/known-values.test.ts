import { expect, it } from 'vitest';
import { KnownValues } from './known-values.js';
import { SymbolTable } from './symbol-table.js';
import { pinned, ValueTemplate } from './value-template.js';

function templateOf(values: readonly number[], known: readonly number[]): ValueTemplate {
  return new ValueTemplate({
    bytes: new Uint8Array(0),
    uncompressedBytes: 0,
    symbols: new SymbolTable(),
    holes: new Int32Array(values.length),
    known: Uint8Array.from(known),
    values: Float64Array.from(values),
    timeHoles: [],
  });
}

it('passes on to the next layout what is known of each series, wherever it stands there', () => {
  // 7 and 0.5 have not changed; 3 is whole and was larger once; 8 leaves.
  const templates = [templateOf([7, 3], [pinned, 4]), templateOf([0.5, 8], [pinned, 6])];
  const before = new KnownValues(Int32Array.of(10, 11, 12, 13), templates);
  const cases: [ref: number, value: number, known: number][] = [
    [12, 0.5, pinned],
    [11, 3, 4],
    [11, 0.1, 0],
    [10, 7, pinned],
    [10, 6, 5],
    [14, 0.1, 0],
  ];
  for (const [ref, value, known] of cases) {
    expect([ref, value, ...before.of(Int32Array.of(ref), Float64Array.of(value))]).toEqual([
      ref,
      value,
      known,
    ]);
  }
});
