import type { HistogramSample } from '../model/histogram.js';
import type { Metadata } from '../model/metadata.js';
import type { LabelPair } from '../model/metric-family.js';

/** The encoded labels of a target's series, by ref; the scrape's series table is one. */
export interface SeriesLabels {
  /**
   * The labels of a series as remote-write 1.0 bytes: repeated `TimeSeries.labels` fields (tag 0x0a,
   * length, Label), sorted by name, `__name__` and external labels included. A view that the
   * next call, for any target of the thread, overwrites.
   */
  labelBytes(ref: number): Uint8Array;
}

/**
 * What one tick of one target hands to every output: its samples, the synthetic ones and the stale
 * markers. Borrowed: everything in it is valid only until `append` returns.
 */
export interface ScrapeBatch {
  readonly targetId: string;
  /** Of the target, after relabelling; undefined where a batch is made by hand. */
  readonly targetLabels?: ReadonlyMap<string, string> | undefined;
  readonly series: SeriesLabels;
  /** Time of every sample that brings none of its own, Unix ms. */
  readonly timestampMs: number;
  /**
   * Stands for the list `refs[0..count)`, the labels behind it and `createdMs`: two batches of one target
   * with the same layout and count have the same series in the same order, so an output may keep encoded
   * bytes. A ref that was in the batch before stands for the same series still; one that was not may stand
   * for another than it ever did. 0: the synthetic series alone, or (count 0) none.
   */
  readonly layout: number;
  readonly count: number;
  readonly refs: Int32Array;
  readonly values: Float64Array;
  /** The sample's own time in ms, NaN where it brings none; undefined when no sample does. */
  readonly timestampsMs: Float64Array | undefined;
  /** Beside the `count` samples; undefined when there are none. */
  readonly histograms?: BatchHistograms | undefined;
  /** When the sample's series began, ms, NaN where it does not tell; undefined when none does. */
  readonly createdMs?: Float64Array | undefined;
  /** What the body says of its families; undefined where nobody asks. */
  readonly families?: BatchFamilies | undefined;
  /** Those no scrape before had; undefined when there are none, or no output wants them. */
  readonly exemplars?: BatchExemplars | undefined;
  /** Series that get a stale marker at `timestampMs`; never one of `refs`. */
  readonly staleCount: number;
  readonly staleRefs: Int32Array;
  /**
   * Of a large scrape, which comes in parts one after the other, each with the same layout. As long as
   * that stays, a place has the same series. Undefined: this is all of it.
   */
  readonly place?: BatchPlace | undefined;
}

/** A part among those of a scrape that hold samples; markers come at the place behind the last. */
export interface BatchPlace {
  readonly index: number;
  readonly count: number;
}

/** The native histograms of a batch, as columns. */
export interface BatchHistograms {
  readonly count: number;
  readonly refs: Int32Array;
  /** The histogram's own time in ms, NaN where it brings none. */
  readonly timestampsMs: Float64Array;
  /** When its series began, ms, NaN where it does not tell. */
  readonly createdMs?: Float64Array | undefined;
  readonly samples: readonly HistogramSample[];
}

/** What HELP, TYPE and UNIT lines say: of the last good body. */
export interface BatchFamilies {
  /** Another one when they may say something else. */
  readonly version: number;
  /** The same for targets of a thread whose bodies say the same; undefined: it is not known. */
  readonly hash?: number | undefined;
  /** By family name. Decoded anew by each call: half a millisecond for a node_exporter. */
  read(): ReadonlyMap<string, Metadata>;
}

/** The exemplars of a batch, as columns, in the order of the body. */
export interface BatchExemplars {
  readonly count: number;
  /** Of the series they belong to, a sample or histogram of the same batch. */
  readonly refs: Int32Array;
  readonly labels: readonly (readonly LabelPair[])[];
  readonly values: Float64Array;
  /** NaN where it brings none: the scrape's time is meant. */
  readonly timestampsMs: Float64Array;
}
