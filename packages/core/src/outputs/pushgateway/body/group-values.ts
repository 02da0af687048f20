import type { HistogramSample } from '../../../model/histogram.js';
import type { Metadata } from '../../../model/metadata.js';
import type { KnownFamilies } from '../../known-families.js';
import type { ScrapeBatch } from '../../scrape-batch.js';
import { FamilyPlan } from './family-plan.js';
import { type PushedSeries, pushedSeries } from './pushed-series.js';
import type { SharedTexts } from './shared-texts.js';
import type { GroupLabels } from './target-group.js';
import { TextTemplate } from './text-template.js';

/** The samples of one scrape, as columns. */
interface ScrapedColumns {
  readonly count: number;
  readonly refs: Int32Array;
  readonly values: Float64Array;
  readonly histogramRefs: readonly number[];
  readonly histograms: readonly HistogramSample[];
}

/** What the groups of an output have in common. */
export interface SharedByGroups {
  readonly texts: SharedTexts;
  readonly families: KnownFamilies;
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
  readonly #shared: SharedByGroups;
  readonly #text: TextTemplate;
  /** Of a scrape that comes in parts, those that are there. */
  #parts: ScrapedColumns[] = [];
  /** A scrape was not taken whole: of series since then refs may be another's. */
  #hasLostOne = false;
  #values = new Float64Array(0);
  #count = 0;
  #histograms: readonly HistogramSample[] = [];
  /** What the form below was made for. */
  #layout = -1;
  #familiesVersion = 0;
  #histogramRefs: readonly number[] = [];
  #form: TextTemplate | FamilyPlan;
  timestampMs = 0;

  constructor(labels: GroupLabels, takesHistograms: boolean, shared: SharedByGroups) {
    this.#labels = labels;
    this.#takesHistograms = takesHistograms;
    this.#shared = shared;
    this.#text = new TextTemplate(shared.texts);
    this.#form = this.#text;
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
    const planned = this.#form === this.#text ? 0 : this.samples * plannedBytes;
    return this.#values.byteLength + this.#text.memoryBytes + planned;
  }

  /** No body is made of it any more: lets go of what it shares. */
  close(): void {
    this.#text.clear();
  }

  /** Takes a batch, or a part of one; true when all of the scrape is there. */
  take(batch: ScrapeBatch): boolean {
    const { index, count: parts } = batch.place ?? { index: 0, count: 1 };
    // The markers of a scrape in parts come behind the last.
    if (index >= parts) return false;
    // A scrape may be given up half-way.
    this.#hasLostOne ||= index === 0 ? this.#parts.length > 0 : index !== this.#parts.length;
    if (index === 0) this.#parts = [];
    if (index !== this.#parts.length) return false;
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
    const isSame = this.#isSame(columns, batch);
    this.#count = count;
    this.#histograms = histograms;
    this.timestampMs = batch.timestampMs;
    if (!isSame) this.#prepare(columns, batch);
  }

  /** The series of the last scrape, and what was said of them. */
  #isSame({ count, histogramRefs }: ScrapedColumns, { layout, families }: ScrapeBatch): boolean {
    if (layout !== this.#layout || count !== this.#count) return false;
    if ((families?.version ?? 0) !== this.#familiesVersion) return false;
    const before = this.#histogramRefs;
    return (
      histogramRefs.length === before.length && histogramRefs.every((ref, i) => ref === before[i])
    );
  }

  /** While the batch can still tell the labels of its series. */
  #prepare(
    { count, refs, histogramRefs }: ScrapedColumns,
    { layout, families: said, series }: ScrapeBatch,
  ): void {
    const version = said?.version ?? 0;
    const isOther = version !== this.#familiesVersion || this.#hasLostOne;
    if (isOther || histogramRefs.length > 0) this.#text.clear();
    this.#hasLostOne = false;
    this.#layout = layout;
    this.#familiesVersion = version;
    this.#histogramRefs = histogramRefs;
    const read = (ref: number): PushedSeries => pushedSeries(series.labelBytes(ref), this.#labels);
    const families = () => (said === undefined ? noMetadata : this.#shared.families.of(said));
    const scraped = { refs: refs.subarray(0, count), read, families };
    if (histogramRefs.length === 0 && this.#text.change(scraped)) {
      this.#form = this.#text;
      return;
    }
    const all = Array.from(scraped.refs, read);
    this.#form = new FamilyPlan(all, histogramRefs.map(read), families());
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
