import type { HistogramSample } from '../../model/histogram.js';
import { metricNameLabel } from '../../model/labels.js';
import type { TimeSlice } from '../../self/time-slice.js';
import type { BinaryLabels } from './label-bytes.js';
import { LabelKeys } from './label-key.js';
import { sortInSlices } from './sort-in-slices.js';

/** What a series last had. */
export interface LastSample {
  readonly value: number;
  readonly histogram: HistogramSample | undefined;
  readonly timestampMs: number;
}

/** A sample that was selected. */
export interface SelectedSample extends LastSample {
  /** Its labels without the metric's name: see label-key.ts. */
  readonly key: string;
}

/** The selected samples by metric name, all names and labels as binary strings. */
export class FederatedFamilies {
  readonly #samples = new Map<string, SelectedSample[]>();
  readonly #keys = new LabelKeys();

  /** Keeps a sample, unless its series has no name: such a series cannot be exposed. */
  add(labels: BinaryLabels, { value, histogram, timestampMs }: LastSample): void {
    const name = labels.valueOf(metricNameLabel);
    if (name === '') return;
    const sample = { key: this.#keys.keyOf(labels), value, histogram, timestampMs };
    const family = this.#samples.get(name);
    if (family === undefined) this.#samples.set(name, [sample]);
    else family.push(sample);
  }

  /** In the order of their bytes. */
  names(): string[] {
    return [...this.#samples.keys()].sort();
  }

  /** Hands out a name's samples sorted by labels, of each series the newest, and forgets them. */
  async take(name: string, slice: TimeSlice): Promise<readonly SelectedSample[]> {
    const samples = this.#samples.get(name) ?? [];
    this.#samples.delete(name);
    const sorted = await sortInSlices(samples, byLabelsThenNewest, slice);
    return sorted.filter(({ key }, i) => key !== sorted[i - 1]?.key);
  }
}

function byLabelsThenNewest(a: SelectedSample, b: SelectedSample): number {
  if (a.key < b.key) return -1;
  return a.key > b.key ? 1 : b.timestampMs - a.timestampMs;
}
