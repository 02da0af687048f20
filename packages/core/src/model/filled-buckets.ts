import type { BucketSpan } from './histogram.js';

/** Index and count of each bucket of spans that is not empty, in their order. */
export function* filledBuckets(
  spans: readonly BucketSpan[],
  counts: ArrayLike<number>,
): Generator<[index: number, count: number]> {
  let index = 0;
  let at = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++, index++, at++) {
      if (counts[at] !== 0) yield [index, counts[at]!];
    }
  }
}
