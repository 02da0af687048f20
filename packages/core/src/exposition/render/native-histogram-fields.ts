import type { BucketSpan, NativeHistogram } from '../../model/histogram.js';
import type { BackwardMessage } from './backward-message.js';

const noSpan: BucketSpan = { offset: 0, length: 0 };

/** Fields 5 to 14 of client_model's Histogram. */
export function writeNativeHistogram(
  message: BackwardMessage,
  native: NativeHistogram,
  isFloat: boolean,
): void {
  writeCounts(message, 13, native.positiveCounts, isFloat);
  writeSpans(message, 12, isIndistinct(native, isFloat) ? [noSpan] : native.positiveSpans);
  writeCounts(message, 10, native.negativeCounts, isFloat);
  writeSpans(message, 9, native.negativeSpans);
  if (isFloat) message.double(8, native.zeroCount);
  else message.integer(7, native.zeroCount);
  message.double(6, native.zeroThreshold);
  message.zigzag(5, native.schema);
}

/** An empty one needs a span of no buckets, else it is read as a classic histogram (metrics.proto). */
function isIndistinct(native: NativeHistogram, isFloat: boolean): boolean {
  const { positiveSpans, negativeSpans, zeroThreshold, zeroCount } = native;
  const spans = positiveSpans.length + negativeSpans.length;
  // Prometheus looks at the integer zero count only (model/textparse, isNativeHistogram).
  return spans === 0 && zeroThreshold === 0 && (isFloat || zeroCount === 0);
}

function writeSpans(message: BackwardMessage, field: number, spans: readonly BucketSpan[]): void {
  for (let i = spans.length - 1; i >= 0; i--) {
    const end = message.size;
    const { offset, length } = spans[i]!;
    message.integer(2, length);
    message.zigzag(1, offset);
    message.enclose(field, end);
  }
}

/** Integers as differences to the bucket before, in `field`; floats as they are, in the next field. */
function writeCounts(
  message: BackwardMessage,
  field: number,
  counts: ArrayLike<number>,
  isFloat: boolean,
): void {
  for (let i = counts.length - 1; i >= 0; i--) {
    if (isFloat) message.double(field + 1, counts[i]!);
    else message.zigzag(field, counts[i]! - (i === 0 ? 0 : counts[i - 1]!));
  }
}
