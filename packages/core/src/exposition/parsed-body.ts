import type { HistogramSample } from '../model/histogram.js';

/**
 * The samples of one body in their order, as columns. One instance serves all scrapes of a thread:
 * its arrays grow and are overwritten by the next parse.
 */
export class ParsedBody {
  count = 0;
  /** Slot of the sample's series in the target's SeriesKeys. */
  slots = new Int32Array(1024);
  values = new Float64Array(1024);
  /** The sample's own timestamp in ms, NaN where it has none. */
  timestampsMs = new Float64Array(1024);
  /** True when at least one sample has a timestamp. */
  hasTimestamps = false;
  /** True when every sample stands where the last body had it: the slots did not change. */
  sameOrder = false;
  /**
   * Exemplars, in the order of their samples: the sample's index, the body's bytes that hold the
   * labels (valid as long as the body is), the value, the timestamp in ms or NaN. The arrays have no
   * length before the first exemplar comes.
   */
  exemplarCount = 0;
  exemplarSamples = new Int32Array(0);
  exemplarStarts = new Int32Array(0);
  exemplarEnds = new Int32Array(0);
  exemplarValues = new Float64Array(0);
  exemplarTimestampsMs = new Float64Array(0);

  /** Native histograms, in the order of their samples: the sample's index and what it holds. */
  histogramCount = 0;
  histogramSamples = new Int32Array(0);
  readonly histograms: HistogramSample[] = [];
  /** True when at least one sample tells when its series began. */
  hasCreated = false;
  #createdMs = new Float64Array(0);

  reset(): void {
    this.count = 0;
    this.exemplarCount = 0;
    this.histogramCount = 0;
    this.histograms.length = 0;
    this.hasCreated = false;
    this.hasTimestamps = false;
    this.sameOrder = false;
  }

  /** Makes room for `samples` more. */
  reserve(samples: number): void {
    const needed = this.count + samples;
    if (needed <= this.slots.length) return;
    const length = Math.max(needed, this.slots.length * 2);
    this.slots = grow(this.slots, new Int32Array(length));
    this.values = grow(this.values, new Float64Array(length));
    this.timestampsMs = grow(this.timestampsMs, new Float64Array(length));
  }

  addExemplar(
    sample: number,
    start: number,
    end: number,
    value: number,
    timestampMs: number,
  ): void {
    const at = this.exemplarCount++;
    if (at === this.exemplarSamples.length) this.#growExemplars(Math.max(64, at * 2));
    this.exemplarSamples[at] = sample;
    this.exemplarStarts[at] = start;
    this.exemplarEnds[at] = end;
    this.exemplarValues[at] = value;
    this.exemplarTimestampsMs[at] = timestampMs;
  }

  /** Makes the sample a native histogram; its value then is the sum. */
  addHistogram(sample: number, histogram: HistogramSample): void {
    const at = this.histogramCount++;
    if (at === this.histogramSamples.length) {
      this.histogramSamples = grow(this.histogramSamples, new Int32Array(Math.max(64, at * 2)));
    }
    this.histogramSamples[at] = sample;
    this.histograms.push(histogram);
  }

  /** When the sample's series began, ms; NaN where it does not tell. */
  createdMs(sample: number): number {
    return this.hasCreated && sample < this.#createdMs.length ? this.#createdMs[sample]! : NaN;
  }

  setCreated(sample: number, createdMs: number): void {
    if (!this.hasCreated) this.#createdMs.fill(NaN);
    this.hasCreated = true;
    const { length } = this.#createdMs;
    if (sample >= length) {
      this.#createdMs = grow(this.#createdMs, new Float64Array(this.slots.length));
      this.#createdMs.fill(NaN, length);
    }
    this.#createdMs[sample] = createdMs;
  }

  #growExemplars(length: number): void {
    this.exemplarSamples = grow(this.exemplarSamples, new Int32Array(length));
    this.exemplarStarts = grow(this.exemplarStarts, new Int32Array(length));
    this.exemplarEnds = grow(this.exemplarEnds, new Int32Array(length));
    this.exemplarValues = grow(this.exemplarValues, new Float64Array(length));
    this.exemplarTimestampsMs = grow(this.exemplarTimestampsMs, new Float64Array(length));
  }
}

function grow<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
