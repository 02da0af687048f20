import type { ExpositionFormat } from '../../exposition/content-type.js';
import { decodeExemplarLabels } from '../../exposition/decode-exemplar.js';
import type { ParsedBody } from '../../exposition/parsed-body.js';
import { compareUtf8 } from '../../model/labels.js';
import type { LabelPair } from '../../model/metric-family.js';
import type { BatchExemplars } from '../../outputs/scrape-batch.js';
import type { SeriesTable } from './series-table.js';

/** Characters of all names and values: OpenMetrics, "Exemplars"; Prometheus refuses longer ones. */
const mostCharacters = 128;

/**
 * The exemplars of a target's bodies that are new: exporters show the last one of each series until
 * another comes (prometheus tsdb/agent, AppendExemplar).
 */
export class NewExemplars {
  readonly #table: SeriesTable;
  /** By ref: what stood there last. */
  readonly #last = new Map<number, string>();

  constructor(table: SeriesTable) {
    this.#table = table;
  }

  get memoryBytes(): number {
    return this.#last.size * 200;
  }

  /** Of a body whose samples were taken. */
  of(parsed: ParsedBody, body: Uint8Array, format: ExpositionFormat): BatchExemplars | undefined {
    const refs: number[] = [];
    const labels: LabelPair[][] = [];
    const places: number[] = [];
    for (let i = 0; i < parsed.exemplarCount; i++) {
      const sample = parsed.exemplarSamples[i]!;
      const ref = this.#table.refOf(parsed.slots[sample]!);
      if (ref < 0 || this.#lacksTime(parsed, i)) continue;
      const bytes = body.subarray(parsed.exemplarStarts[i]!, parsed.exemplarEnds[i]!);
      if (!this.#isNew(ref, bytes, parsed, i)) continue;
      const pairs = decodeExemplarLabels(bytes, format);
      if (charactersIn(pairs) > mostCharacters) continue;
      refs.push(ref);
      labels.push(pairs.sort((a, b) => compareUtf8(a[0], b[0])));
      places.push(i);
    }
    if (refs.length === 0) return undefined;
    return {
      count: refs.length,
      refs: Int32Array.from(refs),
      labels,
      values: Float64Array.from(places, (i) => parsed.exemplarValues[i]!),
      timestampsMs: Float64Array.from(places, (i) => parsed.exemplarTimestampsMs[i]!),
    };
  }

  forget(ref: number): void {
    this.#last.delete(ref);
  }

  /** A native histogram's exemplars must bring a time (prometheus scrape.go, appendExemplar). */
  #lacksTime(parsed: ParsedBody, i: number): boolean {
    if (!Number.isNaN(parsed.exemplarTimestampsMs[i]!)) return false;
    const { histogramCount, histogramSamples, exemplarSamples } = parsed;
    return histogramSamples.subarray(0, histogramCount).includes(exemplarSamples[i]!);
  }

  #isNew(ref: number, bytes: Uint8Array, parsed: ParsedBody, i: number): boolean {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const words = `${parsed.exemplarValues[i]} ${parsed.exemplarTimestampsMs[i]} ${text}`;
    if (this.#last.get(ref) === words) return false;
    this.#last.set(ref, words);
    return true;
  }
}

function charactersIn(labels: readonly LabelPair[]): number {
  return labels.reduce((sum, [name, value]) => sum + [...name].length + [...value].length, 0);
}
