import type { ParsedBody } from '../../exposition/parsed-body.js';
import type { HistogramSample } from '../../model/histogram.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import type { ShardCounters } from '../messages.js';
import { ScrapeFailure } from '../scrape-failure.js';
import { limitBuckets, schemaOfFactor } from '../series/bucket-limit.js';
import type { LiveSeries } from '../series/live-series.js';
import type { OutputWish } from '../series/output-wish.js';
import { OwnTimes } from '../series/own-times.js';
import { overLimit, type SeriesTable } from '../series/series-table.js';
import type { TargetBatch } from './target-batch.js';

/** Prometheus refuses samples further ahead than this (scrape/scrape.go, maxAheadTime). */
const maxAheadMs = 10 * 60_000;
/** Samples taken without a pause: some 5 ms. */
const takenAtOnce = 50_000;

/** What a job says of the samples of a body. */
export type SampleRules = Pick<
  ScrapeJob,
  | 'honorTimestamps'
  | 'trackTimestampsStaleness'
  | 'sampleLimit'
  | 'nativeHistogramBucketLimit'
  | 'nativeHistogramMinBucketFactor'
>;

interface TakerParts {
  readonly rules: SampleRules;
  readonly table: SeriesTable;
  readonly live: LiveSeries;
  readonly batch: TargetBatch;
  readonly counters: ShardCounters;
  readonly starts?: OutputWish | undefined;
}

/**
 * Takes the samples of a body into the batch, one by one, as Prometheus' append does (scrape.go): what
 * is dropped, refused, twice there or over a limit.
 */
export class SampleTaker {
  /** Samples looked at, in the last body. */
  scraped = 0;
  /** Of them, left after metric relabelling. */
  postRelabelling = 0;
  /** Of them, the first of a text that was not kept, unless a limit was hit before. */
  added = 0;
  /** Of them, of series beyond a limit. */
  overLimit = 0;
  readonly #parts: TakerParts;
  readonly ownTimes = new OwnTimes();
  readonly #finestSchema: number;
  /** Samples that count for sample_limit. */
  #attempts = 0;
  /** Samples in the batch. */
  #taken = 0;
  /** Of the body's histograms, the one that comes next. */
  #nextHistogram = 0;
  #limitFailure: ScrapeFailure | undefined;
  #bucketFailure: ScrapeFailure | undefined;
  /** Refs that another thread knew: nothing new. */
  #known: ReadonlySet<number> | undefined;

  constructor(parts: TakerParts) {
    this.#parts = parts;
    this.#finestSchema = schemaOfFactor(parts.rules.nativeHistogramMinBucketFactor);
  }

  get memoryBytes(): number {
    return this.ownTimes.memoryBytes;
  }

  /** The body tells when series began, and an output wants to know. */
  takesStarts(parsed: ParsedBody): boolean {
    return parsed.hasCreated && this.#parts.starts?.isWanted === true;
  }

  reset(): void {
    this.scraped = 0;
    this.postRelabelling = 0;
    this.added = 0;
    this.overLimit = 0;
  }

  #refuse(): void {
    this.postRelabelling++;
    this.overLimit++;
    this.#parts.counters.samplesRefused.series_limit++;
  }

  /**
   * Fills the batch, pausing now and then: it has no sample before the end. On a throw the batch holds
   * what Prometheus had appended until then, and rolls back; the counts say how far it came.
   * @throws ScrapeFailure
   */
  *take(
    parsed: ParsedBody,
    timestampMs: number,
    known: ReadonlySet<number> | undefined,
  ): Generator<undefined> {
    const { batch, rules } = this.#parts;
    this.reset();
    this.#attempts = 0;
    this.#taken = 0;
    this.#nextHistogram = 0;
    this.#limitFailure = undefined;
    this.#bucketFailure = undefined;
    this.#known = known;
    const withTimes = parsed.hasTimestamps && rules.honorTimestamps;
    const own = withTimes ? batch.useTimestamps() : undefined;
    if (this.takesStarts(parsed)) batch.useCreated();
    try {
      for (let from = 0; from < parsed.count; from += takenAtOnce) {
        if (from > 0) yield;
        this.#takeSome(parsed, from, Math.min(parsed.count, from + takenAtOnce), timestampMs);
      }
    } catch (error) {
      batch.count = this.#taken;
      throw error;
    }
    batch.count = this.#taken;
    const failure = this.#limitFailure ?? this.#bucketFailure;
    if (failure !== undefined) throw failure;
    if (own !== undefined) this.ownTimes.note(batch.refs, batch.values, own, batch.count);
  }

  #takeSome(parsed: ParsedBody, from: number, to: number, timestampMs: number): void {
    const { batch, table } = this.#parts;
    const hasOwn = batch.timestampsMs !== undefined;
    const tellsStarts = batch.createdMs !== undefined;
    for (let i = from; i < to; i++) {
      const slot = parsed.slots[i]!;
      let histogram: HistogramSample | undefined;
      const next = this.#nextHistogram;
      if (next < parsed.histogramCount && parsed.histogramSamples[next] === i) {
        histogram = parsed.histograms[next];
        this.#nextHistogram++;
      }
      this.scraped++;
      const ref = table.refOf(slot);
      if (ref < 0) {
        if (ref === overLimit) this.#refuse();
        table.keep(slot);
        continue;
      }
      const ownMs = hasOwn ? parsed.timestampsMs[i]! : Number.NaN;
      const taken = this.#taken;
      this.#takeOne(slot, ref, parsed.values[i]!, histogram, ownMs, timestampMs);
      if (tellsStarts) this.#noteStart(parsed.createdMs(i), taken, histogram !== undefined);
    }
  }

  /** Of the sample that was looked at; one that was refused has no place. */
  #noteStart(createdMs: number, taken: number, isHistogram: boolean): void {
    const { batch } = this.#parts;
    if (isHistogram) batch.histograms?.noteStart(createdMs);
    else if (this.#taken > taken) batch.createdMs![taken] = createdMs;
  }

  #takeOne(
    slot: number,
    ref: number,
    value: number,
    histogram: HistogramSample | undefined,
    ownMs: number,
    timestampMs: number,
  ): void {
    const { batch, table, counters } = this.#parts;
    const isKept = table.isKept(slot);
    const isFirst = !isKept || table.keep(slot);
    if (!isFirst && Number.isNaN(ownMs)) {
      this.postRelabelling++;
      counters.samplesRefused.duplicate_timestamp++;
      return;
    }
    const fitting = histogram === undefined ? undefined : this.#fit(histogram);
    const isAdmitted =
      (histogram === undefined || fitting !== undefined) &&
      this.#isWithinLimit() &&
      this.#admit(ref, ownMs, value, timestampMs);
    this.postRelabelling++;
    if (!isAdmitted) return;
    if (!isKept) {
      table.keep(slot);
      const isNew = this.#known?.has(ref) !== true;
      if (isNew && this.#limitFailure === undefined && this.#bucketFailure === undefined) {
        this.added++;
      }
    }
    if (fitting !== undefined) {
      batch.addHistogram(ref, fitting, ownMs);
      return;
    }
    const at = this.#taken++;
    batch.refs[at] = ref;
    batch.values[at] = value;
    if (batch.timestampsMs !== undefined) batch.timestampsMs[at] = ownMs;
  }

  #fit(histogram: HistogramSample): HistogramSample | undefined {
    const { nativeHistogramBucketLimit: most } = this.#parts.rules;
    const fitting = limitBuckets(histogram, most, this.#finestSchema);
    if (fitting === undefined) {
      this.#bucketFailure ??= new ScrapeFailure(
        'histogram_buckets',
        `a native histogram has more buckets than native_histogram_bucket_limit ${most} at any resolution`,
      );
    }
    return fitting;
  }

  /** Over the limit the body is still looked through, to say how many samples it has. */
  #isWithinLimit(): boolean {
    const { sampleLimit } = this.#parts.rules;
    if (sampleLimit === 0 || ++this.#attempts <= sampleLimit) return true;
    this.#limitFailure ??= new ScrapeFailure(
      'sample_limit',
      `more samples after metric relabelling than sample_limit ${sampleLimit}`,
    );
    return false;
  }

  #admit(ref: number, ownMs: number, value: number, timestampMs: number): boolean {
    const { live, rules, counters } = this.#parts;
    const { samplesRefused } = counters;
    if (Number.isNaN(ownMs)) {
      if (this.ownTimes.reaches(ref, timestampMs)) {
        samplesRefused.out_of_order++;
        return false;
      }
      // Prometheus passes a second spelling on, and the storage refuses it.
      if (live.see(ref)) return true;
      samplesRefused.duplicate_timestamp++;
      return false;
    }
    const reason =
      ownMs > timestampMs + maxAheadMs ? 'out_of_bounds' : this.ownTimes.refusal(ref, ownMs, value);
    if (reason !== undefined) {
      samplesRefused[reason]++;
      return false;
    }
    // Else not seen: a series with times of its own gets no markers.
    if (rules.trackTimestampsStaleness) live.see(ref);
    return true;
  }
}
