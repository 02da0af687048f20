import type { HistogramSample } from '../../../model/histogram.js';
import type { Metadata } from '../../../model/metadata.js';
import type { ScrapeBatch } from '../../scrape-batch.js';
import { FamilyPlan, isPlainSeries } from './family-plan.js';
import { type PushedSeries, pushedSeries } from './pushed-series.js';
import type { GroupLabels } from './target-group.js';
import { TextTemplate, textTemplate } from './text-template.js';

/** The samples of one scrape, as columns. */
interface ScrapedColumns {
  readonly count: number;
  readonly refs: Int32Array;
  readonly values: Float64Array;
  readonly histogramRefs: readonly number[];
  readonly histograms: readonly HistogramSample[];
}

const noMetadata: ReadonlyMap<string, Metadata> = new Map();
/** Of a series in a plan, roughly: it is made of objects. */
const plannedBytes = 400;

/**
 * The last samples of a target, copied out of its borrowed batches, and what makes a body of them. What
 * a body has beside its numbers is made anew only when the series change.
 */
export class GroupValues {
  readonly #labels: GroupLabels;
  readonly #takesHistograms: boolean;
  /** Of a scrape that comes in parts, those that are there. */
  #parts: ScrapedColumns[] = [];
  #values = new Float64Array(0);
  #count = 0;
  #histograms: readonly HistogramSample[] = [];
  /** What the form below was made for. */
  #madeFor = '';
  #form: TextTemplate | FamilyPlan = new TextTemplate(new Uint8Array(0), new Uint32Array(0));
  timestampMs = 0;

  constructor(labels: GroupLabels, takesHistograms: boolean) {
    this.#labels = labels;
    this.#takesHistograms = takesHistograms;
  }

  /** Text where it can hold all of the series, else what protobuf is written from. */
  get form(): TextTemplate | FamilyPlan {
    return this.#form;
  }

  get values(): Float64Array {
    return this.#values;
  }

  get histograms(): readonly HistogramSample[] {
    return this.#histograms;
  }

  get samples(): number {
    return this.#count + this.#histograms.length;
  }

  get memoryBytes(): number {
    const form =
      this.#form instanceof TextTemplate ? this.#form.memoryBytes : this.samples * plannedBytes;
    return this.#values.byteLength + form;
  }

  /** Takes a batch, or a part of one; true when all of the scrape is there. */
  take(batch: ScrapeBatch): boolean {
    const { index, count: parts } = batch.place ?? { index: 0, count: 1 };
    if (index === 0) this.#parts = [];
    // The markers of a scrape in parts come behind the last; a scrape may be given up half-way.
    if (index >= parts || index !== this.#parts.length) return false;
    const columns = columnsOf(batch, this.#takesHistograms);
    if (parts > 1) this.#parts.push(copied(columns));
    if (index < parts - 1) return false;
    const all = parts > 1 ? joined(this.#parts) : columns;
    this.#parts = [];
    this.#keep(all, batch);
    return true;
  }

  #keep(columns: ScrapedColumns, batch: ScrapeBatch): void {
    const { count, values, histograms } = columns;
    if (count > this.#values.length) this.#values = new Float64Array(count);
    this.#values.set(values.subarray(0, count));
    this.#count = count;
    this.#histograms = histograms;
    this.timestampMs = batch.timestampMs;
    this.#prepare(columns, batch);
  }

  /** While the batch can still tell the labels of its series. */
  #prepare(
    { count, refs, histogramRefs }: ScrapedColumns,
    { layout, families, series }: ScrapeBatch,
  ): void {
    const madeFor = `${layout} ${count} ${families?.version ?? 0} ${histogramRefs.join(',')}`;
    if (madeFor === this.#madeFor) return;
    this.#madeFor = madeFor;
    const metadata = families?.read() ?? noMetadata;
    const read = (ref: number): PushedSeries => pushedSeries(series.labelBytes(ref), this.#labels);
    const all = Array.from(refs.subarray(0, count), read);
    const isText = histogramRefs.length === 0 && all.every(isPlainSeries);
    this.#form = isText
      ? textTemplate(all, metadata)
      : new FamilyPlan(all, histogramRefs.map(read), metadata);
  }
}

function columnsOf(batch: ScrapeBatch, takesHistograms: boolean): ScrapedColumns {
  const { count, refs, values } = batch;
  const histograms = takesHistograms ? batch.histograms : undefined;
  return {
    count,
    refs,
    values,
    histogramRefs:
      histograms === undefined ? [] : [...histograms.refs.subarray(0, histograms.count)],
    histograms: histograms?.samples.slice(0, histograms.count) ?? [],
  };
}

function copied({ count, refs, values, ...histograms }: ScrapedColumns): ScrapedColumns {
  return { count, refs: refs.slice(0, count), values: values.slice(0, count), ...histograms };
}

function joined(parts: readonly ScrapedColumns[]): ScrapedColumns {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const refs = new Int32Array(count);
  const values = new Float64Array(count);
  let at = 0;
  for (const part of parts) {
    refs.set(part.refs, at);
    values.set(part.values, at);
    at += part.count;
  }
  return {
    count,
    refs,
    values,
    histogramRefs: parts.flatMap(({ histogramRefs }) => histogramRefs),
    histograms: parts.flatMap(({ histograms }) => histograms),
  };
}
