import { BodyParser } from '../../exposition/body-parser.js';
import type { CommentTable } from '../../exposition/comment-table.js';
import type { ExpositionFormat } from '../../exposition/content-type.js';
import type { ParsedBody } from '../../exposition/parsed-body.js';
import type { SharedKeys } from '../../exposition/shared-keys.js';
import type { Labels } from '../../model/labels.js';
import { atOnce } from '../../self/time-slice.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import type { ShardCounters } from '../messages.js';
import { BodyExemplars } from '../series/body-exemplars.js';
import type { LabelEncoder } from '../series/label-encoder.js';
import { LiveSeries } from '../series/live-series.js';
import type { OutputWish } from '../series/output-wish.js';
import type { PlainSeries } from '../series/plain-series.js';
import type { SeriesBudget } from '../series/series-budget.js';
import { SeriesHandover } from '../series/series-handover.js';
import type { KnownSeries } from '../series/series-snapshot.js';
import { type DecideSeries, SeriesTable } from '../series/series-table.js';
import { TargetLabels } from '../series/target-labels.js';
import { BatchMaker } from './batch-maker.js';
import { SampleTaker } from './sample-taker.js';
import { StaleMarkers } from './stale-markers.js';
import { SyntheticSeries } from './synthetic-series.js';
import { TargetBatch } from './target-batch.js';

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
  readonly texts: SharedKeys;
  /** Of series, as bytes, without those of their targets: equal where targets expose the same. */
  readonly labels: SharedKeys;
  readonly counters: ShardCounters;
  readonly exemplars?: OutputWish;
  /** When series began. */
  readonly starts?: OutputWish;
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
  readonly #markers: StaleMarkers;
  readonly #exemplars: BodyExemplars;
  readonly #maker: BatchMaker;

  constructor(options: TargetSeriesOptions) {
    const { job, targetLabels, encoder, comments, counters, budget } = options;
    this.#options = options;
    this.timeoutMs = options.timeoutMs;
    const labels = new TargetLabels(options.labels, encoder.encode(targetLabels));
    const { decide, plain, texts } = options;
    this.#table = new SeriesTable({ decide, plain, budget, labels, texts });
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
      get hash() {
        return parser.metadataHash;
      },
      read: () => parser.decodedMetadata(),
    });
    this.batch.targetLabels = targetLabels;
    const { starts } = options;
    this.#taker = new SampleTaker({ table, live, batch: this.batch, counters, rules: job, starts });
    const { refs: synthetic } = this.#synthetic;
    const shared = { live, ownTimes: this.#taker.ownTimes, synthetic };
    this.handover = new SeriesHandover({ ...shared, table });
    const { trackTimestampsStaleness: tracksAll } = job;
    this.#markers = new StaleMarkers({ ...shared, batch: this.batch, counters, tracksAll });
    this.#exemplars = new BodyExemplars(table, options.exemplars);
    const { batch, handover } = this;
    const made = { job, table, live, batch, handover, taker: this.#taker, markers: this.#markers };
    this.#maker = new BatchMaker({ ...made, synthetic: synthetic.length });
  }

  get seriesCount(): number {
    return this.#table.size;
  }

  get memoryBytes(): number {
    const own = this.#table.memoryBytes + this.batch.memoryBytes + this.#live.memoryBytes;
    const { memoryBytes: exemplars } = this.#exemplars;
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
    this.#exemplars.hold();
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
    atOnce(this.acceptSlices(length, parsed, timestampMs, durationSeconds));
  }

  /** The same in slices; one that is given up leaves a batch without samples, and no trace. */
  *acceptSlices(
    length: number,
    parsed: ParsedBody,
    timestampMs: number,
    durationSeconds: () => number,
  ): Generator<undefined> {
    if (length === 0) yield* this.#maker.clear(timestampMs);
    else {
      yield* this.#maker.make(parsed, timestampMs);
      this.#count();
      this.batch.exemplars = this.#exemplars.take(parsed);
    }
    this.#appendReport(1, durationSeconds(), length);
  }

  /**
   * No good answer: markers for what was live, `up 0`, nothing else.
   *
   * @param bodyBytes that were read before it failed; -1: body_size_limit ended it
   */
  fail(timestampMs: number, durationSeconds: number, bodyBytes = 0): void {
    atOnce(this.#maker.fail(timestampMs));
    this.#appendReport(0, durationSeconds, bodyBytes);
  }

  /** The target is gone: markers for all it had, the synthetic series included, and no sample. */
  end(timestampMs: number): void {
    this.fail(timestampMs, 0);
    this.batch.count = 0;
    this.#markers.markSynthetic();
  }

  /** Those that the agent says of the target. */
  syntheticSeries(): Iterable<KnownSeries> {
    return this.#synthetic.known(this.#table);
  }

  /** After the outputs took the batch: forgets series no body has any more. */
  settle(): void {
    atOnce(this.settleSlices());
  }

  /** The same in slices; what is left when it is given up goes with the next. */
  *settleSlices(): Generator<undefined> {
    yield* this.handover.settle();
    if (!this.#maker.needsCleaning) return;
    yield* this.#table.forgetOthers((ref) => {
      this.#taker.ownTimes.forget(ref);
      this.#exemplars.forget(ref);
    });
    this.#maker.needsCleaning = false;
  }

  #noteBody(format: ExpositionFormat, body: Uint8Array, parsed: ParsedBody): void {
    this.#exemplars.note(format, body, parsed);
    if (this.#options.starts?.isWanted) this.#parser.tellStarts(parsed);
    this.#maker.noteOrder(parsed);
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
