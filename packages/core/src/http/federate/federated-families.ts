import type { TimeSlice } from '../../self/time-slice.js';
import type { BinaryLabels } from './label-bytes.js';
import { sortInSlices } from './sort-in-slices.js';

/** A sample that was selected; see {@link labelKey} for its labels. */
export interface SelectedSample {
  readonly key: string;
  readonly value: number;
  readonly timestampMs: number;
}

const nameLabel = '__name__';

/** The selected samples by metric name, all names and labels as binary strings. */
export class FederatedFamilies {
  readonly #samples = new Map<string, SelectedSample[]>();

  /** Keeps a sample, unless its series has no name: such a series cannot be exposed. */
  add(labels: BinaryLabels, value: number, timestampMs: number): void {
    const name = labels.valueOf(nameLabel);
    if (name === '') return;
    const sample = { key: labelKey(labels), value, timestampMs };
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
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return b.timestampMs - a.timestampMs;
}

/**
 * `name NUL value NUL` of each label but the name: such keys compare as the label sets do, label by
 * label. So that this holds for labels with NUL in them, NUL and 0x01 are written as two characters.
 */
function labelKey(labels: BinaryLabels): string {
  let key = '';
  for (let i = 0; i < labels.count; i++) {
    const name = labels.names[i] ?? '';
    const value = labels.values[i] ?? '';
    // No value means no label.
    if (name !== nameLabel && value !== '') key += `${escaped(name)}\0${escaped(value)}\0`;
  }
  return key;
}

/** The labels of a key, as `[name, value]`. */
export function labelsOfKey(key: string): [name: string, value: string][] {
  const parts = key.split('\0');
  const labels: [string, string][] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    labels.push([unescaped(parts[i] ?? ''), unescaped(parts[i + 1] ?? '')]);
  }
  return labels;
}

function escaped(text: string): string {
  if (!text.includes('\0') && !text.includes('\x01')) return text;
  return text.replaceAll('\x01', '\x01\x03').replaceAll('\0', '\x01\x02');
}

function unescaped(text: string): string {
  if (!text.includes('\x01')) return text;
  return text.replaceAll('\x01\x02', '\0').replaceAll('\x01\x03', '\x01');
}
