/** A run of consecutive buckets of a native histogram. */
export interface BucketSpan {
  /** Buckets left out before the run; for the first run the index of its first bucket. */
  readonly offset: number;
  readonly length: number;
}

/**
 * The exponential buckets of a native histogram (prometheus model/histogram; the message Histogram of
 * client_model's metrics.proto). Count and sum stand beside it in the sample.
 */
export interface NativeHistogram {
  /** -4 to 8: each power of two is divided into 2^schema buckets; -53: see `customValues`. */
  readonly schema: number;
  /** Half the width of the zero bucket. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positiveSpans: readonly BucketSpan[];
  /** The count of each bucket by itself, neither cumulative nor a difference to the one before. */
  readonly positiveCounts: ArrayLike<number>;
  readonly negativeSpans: readonly BucketSpan[];
  readonly negativeCounts: ArrayLike<number>;
}

/** A native histogram as one sample: what is scraped, sent and stored. */
export interface HistogramSample extends NativeHistogram {
  readonly count: number;
  readonly sum: number;
  /** The buckets' upper bounds but +Inf, in rising order, where the schema is -53; else empty. */
  readonly customValues: ArrayLike<number>;
  /** Whether counts may have fractions. */
  readonly isFloat: boolean;
  /** A gauge's counts may fall without a reset. */
  readonly isGauge: boolean;
}
