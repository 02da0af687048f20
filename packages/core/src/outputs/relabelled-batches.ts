import { sortedLabels } from '../model/labels.js';
import { Relabeller } from '../relabel/relabeller.js';
import type { RemoteWriteOptions } from './remote-write/remote-write-options.js';
import type { BatchExemplars, BatchHistograms, ScrapeBatch, SeriesLabels } from './scrape-batch.js';
import { labelsOfBytes } from './wire/labels-of-bytes.js';
import { field } from './wire/request-parts.js';

export type WriteRelabelling = Pick<RemoteWriteOptions, 'writeRelabelRules' | 'nameValidation'>;

/** What the rules make of a series: its labels, or nothing. */
type Verdict = Uint8Array | 'same' | 'dropped';

interface RelabelledTarget {
  /** By ref. */
  verdicts: (Verdict | undefined)[];
  /** By ref: of the labels decided on, for a ref may come to stand for another series. */
  hashes: number[];
  /** By the place of a part; of most targets there is one. */
  readonly parts: RelabelledPart[];
}

interface RelabelledPart {
  readonly layout: number;
  readonly count: number;
  /** Indexes of the samples that are kept, in a batch of this layout. */
  readonly kept: Int32Array;
}

/**
 * Applies write_relabel_configs: makes of each batch one without the series that are dropped, with the
 * labels that the rules give. A series is decided on once.
 */
export class RelabelledBatches {
  readonly #relabeller: Relabeller;
  readonly #targets = new Map<string, RelabelledTarget>();
  readonly #batch = new RelabelledBatch();

  constructor({ writeRelabelRules = [], nameValidation }: WriteRelabelling) {
    this.#relabeller = new Relabeller(writeRelabelRules, nameValidation);
  }

  get memoryBytes(): number {
    let bytes = 0;
    for (const { verdicts, parts } of this.#targets.values()) {
      bytes += verdicts.length * 16;
      for (const { kept } of parts) bytes += kept.byteLength;
      for (const verdict of verdicts)
        if (typeof verdict === 'object') bytes += verdict.length + 100;
    }
    return bytes;
  }

  /** Borrowed: the next call overwrites it. */
  apply(batch: ScrapeBatch): ScrapeBatch {
    const target = this.#targetOf(batch.targetId);
    const out = this.#batch;
    const { layout, count, place } = batch;
    const index = place?.index ?? 0;
    let part = target.parts[index];
    if (part?.layout !== layout || part.count !== count) {
      part = { layout, count, kept: this.#keptOf(batch, target) };
      target.parts[index] = part;
      target.parts.length = Math.min(target.parts.length, (place?.count ?? 1) + 1);
    }
    out.take(batch, target.verdicts, part.kept);
    out.staleCount = 0;
    for (let i = 0; i < batch.staleCount; i++) {
      const ref = batch.staleRefs[i]!;
      if (this.#isKept(batch.series, ref, target)) out.markStale(ref);
    }
    out.histograms = this.#histograms(batch, target);
    out.exemplars = this.#exemplars(batch, target);
    return out;
  }

  forget(targetId: string): void {
    this.#targets.delete(targetId);
  }

  #targetOf(id: string): RelabelledTarget {
    let target = this.#targets.get(id);
    if (target === undefined) {
      target = { verdicts: [], hashes: [], parts: [] };
      this.#targets.set(id, target);
    }
    return target;
  }

  #keptOf(batch: ScrapeBatch, target: RelabelledTarget): Int32Array {
    const kept = new Int32Array(batch.count);
    let count = 0;
    for (let i = 0; i < batch.count; i++) {
      if (this.#isKept(batch.series, batch.refs[i]!, target)) kept[count++] = i;
    }
    return kept.slice(0, count);
  }

  #isKept(series: SeriesLabels, ref: number, target: RelabelledTarget): boolean {
    const labelBytes = series.labelBytes(ref);
    const hash = hashOf(labelBytes);
    if (target.verdicts[ref] === undefined || target.hashes[ref] !== hash) {
      target.verdicts[ref] = this.#decide(labelBytes);
      target.hashes[ref] = hash;
    }
    return target.verdicts[ref] !== 'dropped';
  }

  #decide(labelBytes: Uint8Array): Verdict {
    const labels = new Map<string, string>();
    labelsOfBytes(labelBytes, (name, value) => labels.set(utf8(name), utf8(value)));
    const relabelled = this.#relabeller.apply(labels);
    if (relabelled === undefined || relabelled.size === 0) return 'dropped';
    if (relabelled === labels) return 'same';
    const fields = sortedLabels(relabelled).map(([name, value]) =>
      field(0x0a, Buffer.concat([field(0x0a, Buffer.from(name)), field(0x12, Buffer.from(value))])),
    );
    return Uint8Array.from(Buffer.concat(fields));
  }

  #histograms(batch: ScrapeBatch, target: RelabelledTarget): BatchHistograms | undefined {
    const { histograms } = batch;
    if (histograms === undefined) return undefined;
    const places = this.#placesOf(batch.series, histograms, target);
    return {
      count: places.length,
      refs: Int32Array.from(places, (i) => histograms.refs[i]!),
      timestampsMs: Float64Array.from(places, (i) => histograms.timestampsMs[i]!),
      createdMs: Float64Array.from(places, (i) => histograms.createdMs?.[i] ?? Number.NaN),
      samples: places.map((i) => histograms.samples[i]!),
    };
  }

  #exemplars(batch: ScrapeBatch, target: RelabelledTarget): BatchExemplars | undefined {
    const { exemplars } = batch;
    if (exemplars === undefined) return undefined;
    const places = this.#placesOf(batch.series, exemplars, target);
    if (places.length === 0) return undefined;
    return {
      count: places.length,
      refs: Int32Array.from(places, (i) => exemplars.refs[i]!),
      labels: places.map((i) => exemplars.labels[i]!),
      values: Float64Array.from(places, (i) => exemplars.values[i]!),
      timestampsMs: Float64Array.from(places, (i) => exemplars.timestampsMs[i]!),
    };
  }

  #placesOf(
    series: SeriesLabels,
    column: { readonly count: number; readonly refs: Int32Array },
    target: RelabelledTarget,
  ): number[] {
    const places: number[] = [];
    for (let i = 0; i < column.count; i++) {
      if (this.#isKept(series, column.refs[i]!, target)) places.push(i);
    }
    return places;
  }
}

/** A batch of another, reused from scrape to scrape. */
class RelabelledBatch implements ScrapeBatch {
  targetId = '';
  timestampMs = 0;
  layout = 0;
  place: ScrapeBatch['place'];
  count = 0;
  refs = new Int32Array(0);
  values = new Float64Array(0);
  timestampsMs: Float64Array | undefined;
  createdMs: Float64Array | undefined;
  families: ScrapeBatch['families'];
  histograms: BatchHistograms | undefined;
  exemplars: BatchExemplars | undefined;
  staleCount = 0;
  staleRefs = new Int32Array(16);
  #source: SeriesLabels | undefined;
  #verdicts: readonly (Verdict | undefined)[] = [];

  readonly series: SeriesLabels = {
    labelBytes: (ref) => {
      const verdict = this.#verdicts[ref];
      return typeof verdict === 'object' ? verdict : this.#source!.labelBytes(ref);
    },
  };

  take(from: ScrapeBatch, verdicts: readonly (Verdict | undefined)[], kept: Int32Array): void {
    const { length } = kept;
    this.targetId = from.targetId;
    this.timestampMs = from.timestampMs;
    this.layout = from.layout;
    this.place = from.place;
    this.families = from.families;
    this.#source = from.series;
    this.#verdicts = verdicts;
    this.count = length;
    if (this.refs.length < length) {
      this.refs = new Int32Array(Math.ceil(length * 1.25));
      this.values = new Float64Array(this.refs.length);
    }
    for (let i = 0; i < length; i++) {
      const at = kept[i]!;
      this.refs[i] = from.refs[at]!;
      this.values[i] = from.values[at]!;
    }
    this.timestampsMs = picked(from.timestampsMs, kept);
    this.createdMs = picked(from.createdMs, kept);
  }

  markStale(ref: number): void {
    if (this.staleCount === this.staleRefs.length) {
      const grown = new Int32Array(this.staleCount * 2);
      grown.set(this.staleRefs);
      this.staleRefs = grown;
    }
    this.staleRefs[this.staleCount++] = ref;
  }
}

function picked(from: Float64Array | undefined, kept: Int32Array): Float64Array | undefined {
  return from === undefined ? undefined : Float64Array.from(kept, (at) => from[at]!);
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString();
}

/** Two of FNV-1a's, 53 bits. */
function hashOf(bytes: Uint8Array): number {
  let low = 0x811c9dc5;
  let high = 0x811c9dc5 ^ bytes.length;
  for (let i = 0; i < bytes.length; i++) {
    low = Math.imul(low ^ bytes[i]!, 0x01000193);
    high = Math.imul(high ^ bytes[i]!, 0x85ebca6b);
  }
  return (low >>> 0) * 0x20_0000 + (high >>> 11);
}
