import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ScrapeBatch } from '../../outputs/scrape-batch.js';
import { isLargeBatch, partsOf, samplesPerPart } from './batch-parts.js';

function batchOf(count: number, staleCount: number, own = false): ScrapeBatch {
  return {
    targetId: 't',
    series: { labelBytes: () => new Uint8Array(0) },
    timestampMs: 1000,
    layout: 7,
    count,
    refs: Int32Array.from({ length: count + 3 }, (_, i) => i),
    values: Float64Array.from({ length: count + 3 }, (_, i) => i / 2),
    timestampsMs: own ? new Float64Array(count + 3).fill(Number.NaN) : undefined,
    staleCount,
    staleRefs: Int32Array.from({ length: staleCount + 1 }, (_, i) => count + i),
  };
}

const size = fc.constantFrom(
  ...[0, 1, samplesPerPart - 1, samplesPerPart, samplesPerPart + 1, 3 * samplesPerPart, 25_001],
);

test('the parts together are the batch: samples in order, then markers', () => {
  fc.assert(
    fc.property(size, size, fc.boolean(), (count, staleCount, own) => {
      const batch = batchOf(count, staleCount, own);
      const parts = [...partsOf(batch)];
      const refs = parts.flatMap((part) => [...part.refs.subarray(0, part.count)]);
      const values = parts.flatMap((part) => [...part.values.subarray(0, part.count)]);
      const stale = parts.flatMap((part) => [...part.staleRefs.subarray(0, part.staleCount)]);
      expect(refs).toEqual([...batch.refs.subarray(0, count)]);
      expect(values).toEqual([...batch.values.subarray(0, count)]);
      expect(stale).toEqual([...batch.staleRefs.subarray(0, staleCount)]);
      const firstMarker = parts.findIndex((part) => part.staleCount > 0);
      const afterMarkers = firstMarker < 0 ? [] : parts.slice(firstMarker);
      expect(afterMarkers.every((part) => part.count === 0)).toBe(true);
      for (const part of parts) {
        expect(part.count + part.staleCount).toBeLessThanOrEqual(samplesPerPart);
        expect(part).toMatchObject({ targetId: 't', timestampMs: 1000, layout: 7 });
        expect(part.timestampsMs?.length).toBe(own ? part.count : undefined);
      }
    }),
    { numRuns: 30 },
  );
});

test('places count the parts with samples; all markers come at the one behind', () => {
  const places = [...partsOf(batchOf(samplesPerPart + 1, samplesPerPart + 1))].map(
    ({ place }) => place,
  );
  expect(places).toEqual([
    { index: 0, count: 2 },
    { index: 1, count: 2 },
    { index: 2, count: 2 },
    { index: 2, count: 2 },
  ]);
});

// samples, markers
test.each([
  [samplesPerPart, 0, false],
  [samplesPerPart - 1, 1, false],
  [samplesPerPart, 1, true],
  [0, samplesPerPart + 1, true],
])('%i samples and %i markers are large: %s', (count, staleCount, isLarge) => {
  expect(isLargeBatch(batchOf(count, staleCount))).toBe(isLarge);
});
