import { BodyParser } from '../exposition/body-parser.js';
import type { CommentTable } from '../exposition/comment-table.js';
import type { ExpositionFormat } from '../exposition/content-type.js';
import type { ParsedBody } from '../exposition/parsed-body.js';
import type { Labels } from '../model/labels.js';
import type { ScrapeJob } from '../targets/scrape-job.js';
import type { LabelEncoder } from './label-encoder.js';
import { LiveSeries } from './live-series.js';
import type { ShardCounters } from './messages.js';
import { type ExemplarWish, NewExemplars } from './new-exemplars.js';
import type { PlainSeries } from './plain-series.js';
import { SampleTaker } from './sample-taker.js';
import type { SeriesBudget } from './series-budget.js';
import { SeriesHandover } from './series-handover.js';
import type { KnownSeries } from './series-snapshot.js';
import { type DecideSeries, SeriesTable } from './series-table.js';
import type { SharedLabels } from './shared-labels.js';
import { SyntheticSeries } from './synthetic-series.js';
import { TargetBatch } from './target-batch.js';
import { TargetLabels } from './target-labels.js';

/** Bytes of a long body that are parsed without a pause: some 5 ms when all series are new. */
const parsedAtOnceBytes = 512 * 1024;

export interface TargetSeriesOptions {
  readonly targetId: string;
  readonly targetLabels: Labels;
  readonly job: ScrapeJob;
  readonly timeoutMs: number;
  readonly decide: DecideSeries;
  /** A short cut of `decide`, where every series is passed on as it is. */
  readonly plain?: PlainSeries | undefined;
  readonly encoder: LabelEncoder;
  readonly budget: SeriesBudget;
  /** Shared by the targets of a thread. */
  readonly comments: CommentTable;
  readonly labels: SharedLabels;
  readonly counters: ShardCounters;
  readonly exemplars?: ExemplarWish;
}

/**
 * The state of one target: its series, what the last scrape had, and the batch that goes out. All
 * of a scrape that happens after the bytes are there.
 *
 * Call {@link read} and {@link accept}, or {@link fail}, once per tick, hand `batch` to the outputs, then {@link settle}.
 */
export class TargetSeries {
  readonly batch: TargetBatch;
  /** For another thread, or from one. */
  readonly handover: SeriesHandover;
  /** For scrape_timeout_seconds: a target may get another one and keep its series. */
  timeoutMs: number;
  readonly #options: TargetSeriesOptions;
  readonly #table: SeriesTable;
  readonly #parser: BodyParser;
  readonly #synthetic: SyntheticSeries;
  readonly #live = new LiveSeries();
  readonly #taker: SampleTaker;
  #layouts = 0;
  /** True while the batch's columns are those of the last good scrape, in the parser's order. */
  #columnsHold = false;
  /** An ingest threw after its samples were looked at: the batch holds what they gave. */
  #isRefused = false;
  /** Texts in the last good body. */
  #texts = 0;
  #needsCleaning = false;
  /** From {@link read} to {@link accept}, where exemplars are wanted: they point into it. */
  #body: { readonly bytes: Uint8Array; readonly format: ExpositionFormat } | undefined;
  #newExemplars: NewExemplars | undefined;

  constructor(options: TargetSeriesOptions) {
    const { job, targetLabels, encoder, comments, counters, budget } = options;
    this.#options = options;
    this.timeoutMs = options.timeoutMs;
    const labels = new TargetLabels(options.labels, encoder.encode(targetLabels));
    this.#table = new SeriesTable({ decide: options.decide, plain: options.plain, budget, labels });
    this.#parser = new BodyParser(this.#table.keys, comments, job);
    const { extraScrapeMetrics: withExtra } = job;
    const withLimit = budget.limit > 0;
    const table = this.#table;
    const live = this.#live;
    this.#synthetic = new SyntheticSeries(table, targetLabels, encoder, withExtra, withLimit);
    const parser = this.#parser;
    this.batch = new TargetBatch(options.targetId, table, {
      get version() {
        return parser.metadataVersion;
      },
      read: () => parser.decodedMetadata(),
    });
    this.batch.targetLabels = targetLabels;
    this.#taker = new SampleTaker({ table, live, batch: this.batch, counters, rules: job });
    const { refs: synthetic } = this.#synthetic;
    this.handover = new SeriesHandover({ table, live, ownTimes: this.#taker.ownTimes, synthetic });
  }

  get seriesCount(): number {
    return this.#table.size;
  }

  get memoryBytes(): number {
    const own = this.#table.memoryBytes + this.batch.memoryBytes + this.#live.memoryBytes;
    const exemplars = this.#newExemplars?.memoryBytes ?? 0;
    return own + this.#parser.memoryBytes + this.#taker.memoryBytes + exemplars;
  }

  /** The target went away: lets go of what it shares with others. */
  close(): void {
    this.#parser.close();
    this.#table.close();
    const { budget } = this.#options;
    budget.give(budget.used);
  }

  /**
   * A good answer: `length` bytes of `body`. {@link accept} follows; what is between may take its time.
   * @throws PromAgentError EXPOSITION_SYNTAX; then call {@link fail}.
   */
  read(format: ExpositionFormat, body: Uint8Array, length: number, parsed: ParsedBody): void {
    if (length === 0) {
      parsed.reset();
      return;
    }
    this.#parser.parse(format, body, length, parsed);
    this.#noteBody(format, body, parsed);
  }

  /** The same in slices: see BodyParser.parseSlices. */
  *readSlices(
    format: ExpositionFormat,
    body: Uint8Array,
    length: number,
    parsed: ParsedBody,
  ): Generator<undefined> {
    yield* this.#parser.parseSlices(format, body, length, parsed, parsedAtOnceBytes);
    this.#noteBody(format, body, parsed);
  }

  /** Between {@link read} and {@link accept}, when the body's bytes will soon be another's. */
  holdBody(): void {
    if (this.#body === undefined) return;
    this.#body = { bytes: new Uint8Array(this.#body.bytes), format: this.#body.format };
  }

  /** Series of the body that are met for the first time: each costs some 10 µs. */
  countUndecided(parsed: ParsedBody): number {
    return parsed.sameOrder ? 0 : this.#table.countUndecided(parsed.slots, parsed.count);
  }

  /** Decides them between {@link read} and {@link accept}, pausing now and then. */
  decideAhead({ slots, count }: ParsedBody): Generator<undefined> {
    return this.#table.decideAhead(slots, count);
  }

  /**
   * Makes the batch of what was read. `durationSeconds` is called when all else is done.
   * @throws ScrapeFailure; then call {@link fail}.
   */
  accept(
    length: number,
    parsed: ParsedBody,
    timestampMs: number,
    durationSeconds: () => number,
  ): void {
    if (length === 0) this.#clear(timestampMs);
    else {
      this.batch.timestampMs = timestampMs;
      this.batch.staleCount = 0;
      if (this.#isRepeat(parsed)) this.#refill(parsed);
      else this.#collect(parsed, timestampMs);
      this.#count();
      this.#takeExemplars(parsed);
    }
    this.#appendReport(1, durationSeconds(), length);
  }

  #takeExemplars(parsed: ParsedBody): void {
    this.batch.exemplars = undefined;
    if (this.#body === undefined) return;
    const { bytes, format } = this.#body;
    this.#body = undefined;
    this.#newExemplars ??= new NewExemplars(this.#table);
    this.batch.exemplars = this.#newExemplars.of(parsed, bytes, format);
  }

  /**
   * No good answer: markers for what was live, `up 0`, nothing else.
   *
   * @param bodyBytes that were read before it failed; -1: body_size_limit ended it
   */
  fail(timestampMs: number, durationSeconds: number, bodyBytes = 0): void {
    if (this.#isRefused) this.#refuse(timestampMs);
    else this.#clear(timestampMs);
    // Bodies that fail after they were read bring texts no good scrape clears away (the same bound:
    // prometheus scrape.go, scrapeCache.iterDone).
    this.#needsCleaning = this.#table.keys.size > this.#texts * 2 + 1000;
    this.#appendReport(0, durationSeconds, bodyBytes);
  }

  /** The target is gone: markers for all it had, the synthetic series included, and no sample. */
  end(timestampMs: number): void {
    this.fail(timestampMs, 0);
    this.batch.count = 0;
    for (const ref of this.#synthetic.refs) this.batch.markStale(ref);
    this.#options.counters.staleMarkers += this.#synthetic.refs.length;
  }

  /** Those that the agent says of the target. */
  syntheticSeries(): Iterable<KnownSeries> {
    return this.#synthetic.known(this.#table);
  }

  /** After the outputs took the batch: forgets series no body has any more. */
  settle(): void {
    this.handover.settle();
    if (!this.#needsCleaning) return;
    this.#needsCleaning = false;
    this.#table.forgetOthers((ref) => {
      this.#taker.ownTimes.forget(ref);
      this.#newExemplars?.forget(ref);
    });
  }

  /** The same series in the same order as in the batch: only values change. Bench: scrape. */
  #isRepeat(parsed: ParsedBody): boolean {
    return this.#columnsHold && parsed.sameOrder && !this.#hasMore(parsed);
  }

  /** More than the columns of a repeat hold: times of their own, histograms. */
  #hasMore(parsed: ParsedBody): boolean {
    const withTimes = parsed.hasTimestamps && this.#options.job.honorTimestamps;
    return withTimes || parsed.histogramCount > 0;
  }

  #refill(parsed: ParsedBody): void {
    const { batch } = this;
    // Every sample was kept, so the columns are the body's: see #collect, where it is decided.
    const { count } = parsed;
    batch.values.set(parsed.values.subarray(0, count));
    batch.count = count;
    const taker = this.#taker;
    taker.scraped = count;
    taker.postRelabelling = count;
    taker.added = 0;
  }

  #collect(parsed: ParsedBody, timestampMs: number): void {
    const { batch } = this;
    const live = this.#live;
    const table = this.#table;
    this.#columnsHold = false;
    // The batch's number stays while the list of series does.
    const { layout } = batch;
    batch.clear(timestampMs);
    table.beginScrape();
    live.beginScrape(table.refCount);
    batch.reserve(parsed.count + this.#synthetic.refs.length);
    this.#isRefused = true;
    this.#taker.take(parsed, timestampMs, this.handover.refs);
    this.#isRefused = false;
    this.#markMissing();
    this.#texts = table.keptCount;
    this.#needsCleaning = table.keys.size > this.#texts;
    this.handover.seen();
    const isSame = layout > 0 && live.equals(batch.refs, batch.count);
    batch.layout = isSame ? layout : ++this.#layouts;
    this.#keepLive();
    this.#columnsHold = batch.count === parsed.count && !this.#hasMore(parsed);
  }

  /** The body was refused as a whole, but Prometheus follows what it had taken of it. */
  #refuse(timestampMs: number): void {
    this.#isRefused = false;
    this.#markMissing(timestampMs);
    this.#keepLive();
    const { staleCount } = this.batch;
    this.batch.clear(timestampMs);
    this.batch.staleCount = staleCount;
  }

  /** No sample: an empty body, or none. */
  #clear(timestampMs: number): void {
    this.#columnsHold = false;
    this.#taker.reset();
    this.batch.clear(timestampMs);
    this.#table.beginScrape();
    this.#live.beginScrape(this.#table.refCount);
    this.#markMissing();
    this.#live.clear();
  }

  #keepLive(): void {
    const { batch } = this;
    const { refs, count, timestampsMs, histograms } = batch;
    const { trackTimestampsStaleness: tracksAll } = this.#options.job;
    this.#live.replace(refs, count, tracksAll ? undefined : timestampsMs);
    if (histograms === undefined) return;
    const times = tracksAll ? undefined : histograms.timestampsMs;
    this.#live.addHistograms(histograms.refs, histograms.count, times);
  }

  #markMissing(timestampMs = this.batch.timestampMs): void {
    const { batch } = this;
    // An exposed series may be named as a synthetic one, whose sample says more than a marker.
    for (const ref of this.#synthetic.refs) this.#live.see(ref);
    const before = batch.staleCount;
    this.#live.forEachMissing((ref) => {
      if (!this.#taker.ownTimes.reaches(ref, timestampMs)) batch.markStale(ref);
    });
    this.#options.counters.staleMarkers += batch.staleCount - before;
  }

  #noteBody(format: ExpositionFormat, body: Uint8Array, parsed: ParsedBody): void {
    this.#body = undefined;
    if (parsed.exemplarCount > 0 && this.#options.exemplars?.isWanted) {
      this.#body = { bytes: body, format };
    }
    // Should accept never come: the next body is compared with this one.
    this.#columnsHold &&= parsed.sameOrder;
  }

  #count(): void {
    const { counters } = this.#options;
    counters.samplesScraped += this.#taker.scraped;
    counters.samplesPostRelabelling += this.#taker.postRelabelling;
    counters.seriesAdded += this.#taker.added;
  }

  #appendReport(up: 0 | 1, durationSeconds: number, bodyBytes: number): void {
    const { job, budget } = this.#options;
    const taker = this.#taker;
    const report = {
      up,
      durationSeconds,
      samplesScraped: taker.scraped,
      samplesPostMetricRelabelling: taker.postRelabelling,
      seriesAdded: taker.added,
      timeoutSeconds: this.timeoutMs / 1000,
      sampleLimit: job.sampleLimit,
      bodyBytes,
      series: budget.used,
      seriesLimit: budget.limit,
      samplesOverLimit: taker.overLimit,
    };
    this.#synthetic.append(report, this.batch);
  }
}
