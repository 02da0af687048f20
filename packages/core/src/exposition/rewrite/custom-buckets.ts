import type { BucketSpan, HistogramSample } from '../../model/histogram.js';

const customBucketsSchema = -53;
// Compact(2) of integer histograms: so many empty buckets are cheaper than another span.
const mostEmptyBuckets = 2;

/**
 * Collects a classic histogram and makes a native one of it whose buckets end where the classic ones
 * do (prometheus util/convertnhcb). What cannot be one, such as counts that fall, gives none.
 */
export class CustomBuckets {
  #bounds: number[] = [];
  #counts: number[] = [];
  #count: number | undefined;
  #sum = 0;
  #isBroken = false;

  reset(): void {
    this.#bounds = [];
    this.#counts = [];
    this.#count = undefined;
    this.#sum = 0;
    this.#isBroken = false;
  }

  setCount(count: number): void {
    if (count < 0) this.#isBroken = true;
    else this.#count = count;
  }

  setSum(sum: number): void {
    this.#sum = sum;
  }

  /** Of the same bound the first counts. */
  setBucket(bound: number, count: number): void {
    const at = lowerBound(this.#bounds, bound);
    if (this.#bounds[at] === bound) return;
    const below = this.#counts[at - 1] ?? 0;
    const above = this.#counts[at] ?? Infinity;
    if (count < below || count > above) this.#isBroken = true;
    this.#bounds.splice(at, 0, bound);
    this.#counts.splice(at, 0, count);
  }

  convert(): HistogramSample | undefined {
    const count = this.#count ?? this.#counts.at(-1) ?? 0;
    if (this.#bounds.at(-1) !== Infinity) this.setBucket(Infinity, count);
    if (this.#isBroken || this.#counts.at(-1) !== count) return undefined;
    const isFloat = !this.#counts.every(Number.isInteger);
    const own = this.#counts.map((cumulative, i) => cumulative - (this.#counts[i - 1] ?? 0));
    const { spans, counts } = compact(own, isFloat ? 0 : mostEmptyBuckets);
    return {
      schema: customBucketsSchema,
      count,
      sum: this.#sum,
      zeroThreshold: 0,
      zeroCount: 0,
      positiveSpans: spans,
      positiveCounts: counts,
      negativeSpans: [],
      negativeCounts: [],
      customValues: this.#bounds.slice(0, -1),
      isFloat,
      isGauge: false,
    };
  }
}

function lowerBound(bounds: readonly number[], bound: number): number {
  // Nearly always the next one.
  if (bounds.length === 0 || bounds.at(-1)! < bound) return bounds.length;
  const at = bounds.findIndex((other) => other >= bound);
  return at < 0 ? bounds.length : at;
}

/** Spans without the empty buckets, but for runs of up to `mostEmpty` between two that are not. */
function compact(
  counts: readonly number[],
  mostEmpty: number,
): { spans: BucketSpan[]; counts: number[] } {
  const spans: { offset: number; length: number }[] = [];
  const kept: number[] = [];
  let end = 0;
  for (const [index, count] of counts.entries()) {
    if (count === 0) continue;
    const gap = index - end;
    const last = spans.at(-1);
    if (last !== undefined && gap <= mostEmpty) {
      last.length += gap + 1;
      for (let i = 0; i < gap; i++) kept.push(0);
    } else spans.push({ offset: gap, length: 1 });
    kept.push(count);
    end = index + 1;
  }
  return { spans, counts: kept };
}
