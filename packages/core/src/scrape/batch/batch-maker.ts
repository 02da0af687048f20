import type { ParsedBody } from '../../exposition/parsed-body.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import type { LiveSeries } from '../series/live-series.js';
import type { SeriesHandover } from '../series/series-handover.js';
import type { SeriesTable } from '../series/series-table.js';
import type { SampleTaker } from './sample-taker.js';
import type { StaleMarkers } from './stale-markers.js';
import type { TargetBatch } from './target-batch.js';

interface BatchMakerParts {
  readonly job: Pick<ScrapeJob, 'honorTimestamps'>;
  readonly table: SeriesTable;
  readonly live: LiveSeries;
  readonly batch: TargetBatch;
  readonly taker: SampleTaker;
  readonly markers: StaleMarkers;
  readonly handover: SeriesHandover;
  /** How many synthetic series there will be behind the samples. */
  readonly synthetic: number;
}

/**
 * Fills a target's batch with what a scrape gave: samples and stale markers. What is long pauses now
 * and then; given up, it leaves a batch without samples.
 */
export class BatchMaker {
  /** There are texts that no good body has any more, or too many of bad ones. */
  needsCleaning = false;
  readonly #parts: BatchMakerParts;
  #layouts = 0;
  /** True while the batch's columns are those of the last good scrape, in the parser's order. */
  #columnsHold = false;
  /** Taking the samples threw: the batch holds those that were looked at. */
  #isRefused = false;
  /** Texts in the last good body. */
  #texts = 0;

  constructor(parts: BatchMakerParts) {
    this.#parts = parts;
  }

  /** A body was parsed; should its samples never be taken, the next body is compared with it. */
  noteOrder({ sameOrder }: ParsedBody): void {
    this.#columnsHold &&= sameOrder;
  }

  /** Of a good body. @throws ScrapeFailure; then {@link fail} follows */
  *make(parsed: ParsedBody, timestampMs: number): Generator<undefined> {
    const { batch } = this.#parts;
    batch.timestampMs = timestampMs;
    batch.staleCount = 0;
    if (this.#isRepeat(parsed)) this.#refill(parsed);
    else yield* this.#collect(parsed, timestampMs);
  }

  /** Of no good body: markers for what was live. */
  *fail(timestampMs: number): Generator<undefined> {
    if (this.#isRefused) yield* this.#refuse(timestampMs);
    else yield* this.clear(timestampMs);
    // Bodies that fail after they were read bring texts no good scrape clears away (the same bound:
    // prometheus scrape.go, scrapeCache.iterDone).
    this.needsCleaning = this.#parts.table.keys.size > this.#texts * 2 + 1000;
  }

  /** No sample: an empty body, or none. */
  *clear(timestampMs: number): Generator<undefined> {
    const { batch, live, table, taker, markers } = this.#parts;
    this.#columnsHold = false;
    taker.reset();
    batch.clear(timestampMs);
    table.beginScrape();
    live.beginScrape(table.refBound);
    yield* markers.mark(timestampMs);
    live.clear();
  }

  /** The same series in the same order as in the batch: only values change. Bench: scrape. */
  #isRepeat(parsed: ParsedBody): boolean {
    return this.#columnsHold && parsed.sameOrder && !this.#hasMore(parsed);
  }

  /** More than the columns of a repeat hold: times of their own, histograms. */
  #hasMore(parsed: ParsedBody): boolean {
    const withTimes = parsed.hasTimestamps && this.#parts.job.honorTimestamps;
    return withTimes || parsed.histogramCount > 0;
  }

  #refill(parsed: ParsedBody): void {
    const { batch, taker } = this.#parts;
    // Every sample was kept, so the columns are the body's: see #collect, where it is decided.
    const { count } = parsed;
    batch.values.set(parsed.values.subarray(0, count));
    if (this.#refillStarts(parsed)) batch.layout = ++this.#layouts;
    batch.count = count;
    taker.scraped = count;
    taker.postRelabelling = count;
    taker.added = 0;
  }

  /** True when the batch says otherwise than before when series began. */
  #refillStarts(parsed: ParsedBody): boolean {
    const { batch, taker } = this.#parts;
    const isNew = batch.createdMs === undefined;
    if (!taker.takesStarts(parsed)) {
      batch.createdMs = undefined;
      return !isNew;
    }
    const createdMs = batch.createdMs ?? batch.useCreated();
    let isOther = isNew;
    for (let i = 0; i < parsed.count; i++) {
      const start = parsed.createdMs(i);
      if (Object.is(createdMs[i], start)) continue;
      createdMs[i] = start;
      isOther = true;
    }
    return isOther;
  }

  *#collect(parsed: ParsedBody, timestampMs: number): Generator<undefined> {
    const { batch, live, table, taker, markers, handover, synthetic } = this.#parts;
    this.#columnsHold = false;
    // The batch's number stays while the list of series does.
    const { layout, createdMs } = batch;
    batch.clear(timestampMs);
    table.beginScrape();
    live.beginScrape(table.refBound);
    batch.reserve(parsed.count + synthetic);
    try {
      yield* taker.take(parsed, timestampMs, handover.refs);
    } catch (error) {
      this.#isRefused = true;
      throw error;
    }
    yield* markers.mark(timestampMs);
    this.#texts = table.keptCount;
    this.needsCleaning = table.keys.size > this.#texts;
    handover.seen();
    const isSame = layout > 0 && live.equals(batch.refs, batch.count);
    const isStartSame = isSame && haveSameStarts(createdMs, batch.createdMs, batch.count);
    batch.layout = isStartSame ? layout : ++this.#layouts;
    markers.keep();
    this.#columnsHold = batch.count === parsed.count && !this.#hasMore(parsed);
  }

  /** The body was refused as a whole, but Prometheus follows what it had taken of it. */
  *#refuse(timestampMs: number): Generator<undefined> {
    const { batch, markers } = this.#parts;
    this.#isRefused = false;
    yield* markers.mark(timestampMs);
    markers.keep();
    const { staleCount } = batch;
    batch.clear(timestampMs);
    batch.staleCount = staleCount;
  }
}

function haveSameStarts(
  before: Float64Array | undefined,
  after: Float64Array | undefined,
  count: number,
): boolean {
  if (before === undefined || after === undefined) return before === after;
  for (let i = 0; i < count; i++) if (!Object.is(before[i], after[i])) return false;
  return true;
}
