import { BodyParser } from '../exposition/body-parser.js';
import type { CommentTable } from '../exposition/comment-table.js';
import type { ExpositionFormat } from '../exposition/content-type.js';
import type { ParsedBody } from '../exposition/parsed-body.js';
import type { Labels } from '../model/labels.js';
import type { LabelEncoder } from './label-encoder.js';
import { LiveSeries } from './live-series.js';
import type { ShardCounters } from './messages.js';
import { ScrapeFailure } from './scrape-failure.js';
import type { KnownSeries } from './series-snapshot.js';
import { type DecideSeries, SeriesTable } from './series-table.js';
import { addSyntheticSeries, syntheticCount, writeReport } from './synthetic-series.js';
import { TargetBatch } from './target-batch.js';

/** Prometheus refuses samples further ahead than this (scrape/scrape.go, maxAheadTime). */
const maxAheadMs = 10 * 60_000;

export interface TargetSeriesOptions {
  readonly targetId: string;
  readonly targetLabels: Labels;
  readonly honorTimestamps: boolean;
  /** 0: no limit. */
  readonly sampleLimit: number;
  readonly decide: DecideSeries;
  readonly encoder: LabelEncoder;
  /** Shared by the targets of a thread. */
  readonly comments: CommentTable;
  readonly counters: ShardCounters;
}

/**
 * The state of one target: its series, what the last scrape had, and the batch that goes out. All
 * of a scrape that happens after the bytes are there.
 *
 * Call {@link ingest} or {@link fail} once per tick, hand `batch` to the outputs, then {@link settle}.
 */
export class TargetSeries {
  readonly batch: TargetBatch;
  readonly #options: TargetSeriesOptions;
  readonly #table: SeriesTable;
  readonly #parser: BodyParser;
  readonly #synthetic: Int32Array;
  readonly #live = new LiveSeries();
  #layouts = 0;
  /** True while the batch's columns are those of the last good scrape, in the parser's order. */
  #columnsHold = false;
  #seenSlots = new Uint32Array(64);
  #scrape = 0;
  /** Texts in the last good body. */
  #texts = 0;
  #needsCleaning = false;
  /** Held for another thread's scrape until a good one of ours says which of them are there still. */
  #restored: number[] = [];
  #restoredAreSeen = false;

  constructor(options: TargetSeriesOptions) {
    this.#options = options;
    this.#table = new SeriesTable(options.decide);
    this.#parser = new BodyParser(this.#table.keys, options.comments);
    this.#synthetic = addSyntheticSeries(this.#table, options.targetLabels, options.encoder);
    this.batch = new TargetBatch(options.targetId, this.#table);
  }

  get seriesCount(): number {
    return this.#table.size;
  }

  get memoryBytes(): number {
    const own = this.#table.memoryBytes + this.batch.memoryBytes + this.#live.memoryBytes;
    return own + this.#parser.memoryBytes + this.#seenSlots.byteLength;
  }

  /** The target went away: lets go of what it shares with others. */
  close(): void {
    this.#parser.close();
  }

  /**
   * A good answer: `length` bytes of `body`. `durationSeconds` is called when all else is done.
   * @throws ScrapeFailure or an exposition's PromAgentError; then call {@link fail}.
   */
  ingest(
    format: ExpositionFormat,
    body: Uint8Array,
    length: number,
    parsed: ParsedBody,
    timestampMs: number,
    durationSeconds: () => number,
  ): void {
    const batch = this.batch;
    this.#table.added = 0;
    this.#parser.parse(format, body, length, parsed);
    batch.timestampMs = timestampMs;
    batch.staleCount = 0;
    const post = this.#isRepeat(parsed) ? this.#refill(parsed) : this.#collect(parsed, timestampMs);
    const { counters } = this.#options;
    counters.samplesScraped += parsed.count;
    counters.samplesPostRelabelling += post;
    counters.seriesAdded += this.#table.added;
    this.#appendReport(batch.count, {
      up: 1,
      durationSeconds: durationSeconds(),
      samplesScraped: parsed.count,
      samplesPostMetricRelabelling: post,
      seriesAdded: this.#table.added,
    });
  }

  /** No good answer: markers for what was live, `up 0`, nothing else. */
  fail(timestampMs: number, durationSeconds: number): void {
    const batch = this.batch;
    batch.timestampMs = timestampMs;
    batch.staleCount = 0;
    batch.timestampsMs = undefined;
    batch.layout = 0;
    this.#live.beginScrape(this.#table.refCount);
    this.#markMissing();
    this.#live.clear();
    this.#columnsHold = false;
    // Bodies that fail after they were read bring texts no good scrape clears away (the same bound:
    // prometheus scrape.go, scrapeCache.iterDone).
    this.#needsCleaning = this.#table.keys.size > this.#texts * 2 + 1000;
    this.#appendReport(0, {
      up: 0,
      durationSeconds,
      samplesScraped: 0,
      samplesPostMetricRelabelling: 0,
      seriesAdded: 0,
    });
  }

  /** The target is gone: markers for all it had, the synthetic series included, and no sample. */
  end(timestampMs: number): void {
    this.fail(timestampMs, 0);
    this.batch.count = 0;
    for (const ref of this.#synthetic) this.batch.markStale(ref);
    this.#options.counters.staleMarkers += this.#synthetic.length;
  }

  /** What another thread needs to go on with this target. */
  *knownSeries(): Generator<KnownSeries> {
    const live = new Set(this.#live.refs);
    const synthetic = new Set(this.#synthetic);
    for (const ref of this.#table.refs()) {
      if (synthetic.has(ref)) continue;
      yield { labelBytes: this.#table.labelBytes(ref), isLive: live.has(ref) };
    }
  }

  /** Goes on where another thread left off: before the first scrape. */
  restore(series: Iterable<KnownSeries>): void {
    const live: number[] = [];
    for (const { labelBytes, isLive } of series) {
      const ref = this.#table.addLabels(labelBytes);
      this.#restored.push(ref);
      if (isLive) live.push(ref);
    }
    this.#live.replace(Int32Array.from(live), live.length, undefined);
  }

  /** After the outputs took the batch: forgets series no body has any more. */
  settle(): void {
    if (this.#restoredAreSeen) {
      for (const ref of this.#restored) this.#table.dropLabels(ref);
      this.#restored = [];
      this.#restoredAreSeen = false;
    }
    if (!this.#needsCleaning) return;
    this.#needsCleaning = false;
    const seen = this.#seenSlots;
    const scrape = this.#scrape;
    this.#table.forgetUnseen((slot) => slot < seen.length && seen[slot] === scrape);
  }

  /** The same series in the same order as in the batch: only values change. Bench: scrape. */
  #isRepeat(parsed: ParsedBody): boolean {
    return this.#columnsHold && parsed.sameOrder && !parsed.hasTimestamps;
  }

  #refill(parsed: ParsedBody): number {
    const { batch } = this;
    const kept = batch.count - syntheticCount;
    // Every sample was kept, so the columns are the body's: see #collect, where it is decided.
    batch.values.set(parsed.values.subarray(0, kept));
    batch.count = kept;
    return kept;
  }

  #collect(parsed: ParsedBody, timestampMs: number): number {
    const { batch } = this;
    this.#columnsHold = false;
    this.#scrape++;
    batch.timestampsMs = undefined;
    const { keys } = this.#table;
    if (this.#seenSlots.length < keys.slotCount) {
      this.#seenSlots = grow(this.#seenSlots, keys.slotCount);
    }
    this.#live.beginScrape(this.#table.refCount);
    for (const ref of this.#synthetic) this.#live.see(ref);
    batch.reserve(parsed.count + syntheticCount);
    const post = this.#takeSamples(parsed, timestampMs);
    this.#checkSampleLimit();
    this.#markMissing();
    this.#needsCleaning = keys.size > this.#texts;
    this.#restoredAreSeen = this.#restored.length > 0;
    this.#nameLayout();
    this.#live.replace(batch.refs, batch.count, batch.timestampsMs);
    this.#columnsHold = batch.count === parsed.count && !parsed.hasTimestamps;
    return post;
  }

  #takeSamples(parsed: ParsedBody, timestampMs: number): number {
    const { batch } = this;
    const withTimestamps = parsed.hasTimestamps && this.#options.honorTimestamps;
    const own = withTimestamps ? batch.useTimestamps() : undefined;
    let post = 0;
    let count = 0;
    this.#texts = 0;
    for (let i = 0; i < parsed.count; i++) {
      const slot = parsed.slots[i]!;
      if (this.#seenSlots[slot] !== this.#scrape) this.#texts++;
      this.#seenSlots[slot] = this.#scrape;
      const ref = this.#table.refOf(slot);
      if (ref < 0) continue;
      post++;
      const ownMs = own === undefined ? Number.NaN : parsed.timestampsMs[i]!;
      if (!this.#admit(ref, ownMs, timestampMs)) continue;
      batch.refs[count] = ref;
      batch.values[count] = parsed.values[i]!;
      if (own !== undefined) own[count] = ownMs;
      count++;
    }
    batch.count = count;
    return post;
  }

  #admit(ref: number, ownMs: number, timestampMs: number): boolean {
    const { samplesRefused } = this.#options.counters;
    if (!Number.isNaN(ownMs)) {
      // Not seen: a series with times of its own gets no markers, and may come more than once.
      if (ownMs <= timestampMs + maxAheadMs) return true;
      samplesRefused.out_of_bounds++;
      return false;
    }
    if (this.#live.see(ref)) return true;
    samplesRefused.duplicate++;
    return false;
  }

  #checkSampleLimit(): void {
    const { sampleLimit } = this.#options;
    const { count } = this.batch;
    if (sampleLimit === 0 || count <= sampleLimit) return;
    throw new ScrapeFailure(
      'sample_limit',
      `${count} samples after metric relabelling, more than sample_limit ${sampleLimit}`,
    );
  }

  #markMissing(): void {
    const before = this.batch.staleCount;
    this.#live.forEachMissing((ref) => this.batch.markStale(ref));
    this.#options.counters.staleMarkers += this.batch.staleCount - before;
  }

  /** A new list of series is a new layout; the list of the scrape before keeps its number. */
  #nameLayout(): void {
    const { batch } = this;
    if (batch.layout === 0 || !this.#live.equals(batch.refs, batch.count)) {
      batch.layout = ++this.#layouts;
    }
  }

  #appendReport(at: number, report: Parameters<typeof writeReport>[0]): void {
    const { batch } = this;
    batch.refs.set(this.#synthetic, at);
    writeReport(report, batch.values, at);
    if (batch.timestampsMs !== undefined) {
      batch.timestampsMs.fill(Number.NaN, at, at + syntheticCount);
    }
    batch.count = at + syntheticCount;
  }
}

function grow(from: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(Math.max(length, from.length * 2));
  grown.set(from);
  return grown;
}
