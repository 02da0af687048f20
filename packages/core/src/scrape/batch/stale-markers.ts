import type { ShardCounters } from '../messages.js';
import type { LiveSeries } from '../series/live-series.js';
import type { OwnTimes } from '../series/own-times.js';
import type { TargetBatch } from './target-batch.js';

/** Series looked at without a pause: some 2 ms. */
const markedAtOnce = 100_000;

interface StaleMarkerParts {
  readonly live: LiveSeries;
  readonly batch: TargetBatch;
  readonly ownTimes: OwnTimes;
  /** Refs of the synthetic series. */
  readonly synthetic: Int32Array;
  readonly counters: ShardCounters;
  /** track_timestamps_staleness: series with times of their own get markers, too. */
  readonly tracksAll: boolean;
}

/** Which series of a target get a stale marker: those that were live and are in the batch no more. */
export class StaleMarkers {
  readonly #parts: StaleMarkerParts;

  constructor(parts: StaleMarkerParts) {
    this.#parts = parts;
  }

  /** Marks what this scrape had not, pausing now and then. */
  *mark(timestampMs: number): Generator<undefined> {
    const { live, batch, ownTimes, synthetic, counters } = this.#parts;
    // An exposed series may be named as a synthetic one, whose sample says more than a marker.
    for (const ref of synthetic) live.see(ref);
    const { count } = live;
    for (let from = 0; from < count; from += markedAtOnce) {
      if (from > 0) yield;
      const before = batch.staleCount;
      live.forEachMissing(from, from + markedAtOnce, (ref) => {
        if (!ownTimes.reaches(ref, timestampMs)) batch.markStale(ref);
      });
      counters.staleMarkers += batch.staleCount - before;
    }
  }

  /** The target is gone: the synthetic series end, too. */
  markSynthetic(): void {
    const { batch, synthetic, counters } = this.#parts;
    for (const ref of synthetic) batch.markStale(ref);
    counters.staleMarkers += synthetic.length;
  }

  /** The series of the batch are the live ones now. */
  keep(): void {
    const { live, batch, tracksAll } = this.#parts;
    const { refs, count, timestampsMs, histograms } = batch;
    live.replace(refs, count, tracksAll ? undefined : timestampsMs);
    if (histograms === undefined) return;
    const times = tracksAll ? undefined : histograms.timestampsMs;
    live.addHistograms(histograms.refs, histograms.count, times);
  }
}
