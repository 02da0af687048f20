import type { Metadata, MetricType } from '../../model/metadata.js';
import { parseGoFloat } from '../go-float.js';
import { KeyTable } from '../key-table.js';
import { seriesContext } from '../series-context.js';
import { boundLabel, type Family, newFamily } from './family.js';

type Label = readonly [name: string, value: string];

const totalSuffix = /_(?:count|sum)$/;

/**
 * The families of a body, filled line by line. A sample belongs to the family of its own name, else
 * to the histogram or summary that was declared before it (prometheus/common expfmt TextParser,
 * which promlint reads with).
 */
export class FamilyTable {
  readonly #families = new Map<string, Family>();
  // Every metric of the body, family and labels, as a key: a set that the heap does not hold.
  readonly #metrics = new KeyTable();
  readonly #utf8 = new TextEncoder();

  /** Takes a HELP line; false when the family has a text already. */
  addHelp(name: string, { help }: Metadata): boolean {
    if (help === '') return true;
    const family = this.#familyOf(name);
    if (family.help !== undefined) return false;
    family.help = help;
    return true;
  }

  /** Takes a TYPE line; false when the family has a type or samples already. */
  addType(name: string, { type }: Metadata): boolean {
    const family = this.#familyOf(name);
    if (family.type !== undefined) return false;
    family.type = type;
    return true;
  }

  /**
   * Takes a sample; `labels` are those of decodeSeries, `__name__` first. Returns the family's bound
   * label when its value is no number, and then takes nothing.
   */
  addSample(labels: readonly Label[]): string | undefined {
    const [, name] = labels[0]!;
    const family = this.#familyOf(name);
    family.type ??= 'unknown';
    const bound = boundLabel(family.type);
    const boundText = labels.find(([label]) => label === bound)?.[1];
    const boundValue = boundText === undefined ? NaN : parseBound(boundText);
    if (boundValue === undefined) return bound;
    const own = labels.filter(([label], i) => i > 0 && label !== bound);
    const { metric, isNew } = this.#addMetric(family, own);
    if (isNew || bound === undefined) countMetric(family, own, isNew);
    family.firstMetric ??= metric;
    const isTotal = name !== family.name && totalSuffix.test(name);
    const isBound = !(isTotal || Number.isNaN(boundValue));
    if (isBound && metric === family.firstMetric) family.boundCount++;
    return undefined;
  }

  /** The families that have samples. */
  withSamples(): Family[] {
    return [...this.#families.values()].filter(({ metricCount }) => metricCount > 0);
  }

  /** Labels in another order are another metric to promlint, but for histograms and summaries. */
  #addMetric(family: Family, labels: readonly Label[]): { metric: number; isNew: boolean } {
    const hasBounds = boundLabel(family.type) !== undefined;
    const ordered = hasBounds ? labels.toSorted(([a], [b]) => (a < b ? -1 : 1)) : labels;
    const key = this.#utf8.encode(JSON.stringify([family.name, ordered]));
    const known = this.#metrics.size;
    const metric = this.#metrics.add(key, 0, key.length, seriesContext.plain);
    return { metric, isNew: this.#metrics.size > known };
  }

  #familyOf(name: string): Family {
    const family =
      this.#families.get(name) ??
      this.#declared(name, totalSuffix, 'summary') ??
      this.#declared(name, /_(?:count|sum|bucket)$/, 'histogram');
    if (family !== undefined) return family;
    const created = newFamily(name);
    this.#families.set(name, created);
    return created;
  }

  #declared(name: string, suffix: RegExp, type: MetricType): Family | undefined {
    const family = this.#families.get(name.replace(suffix, ''));
    return family?.type === type ? family : undefined;
  }
}

/** A bound as promlint's reader takes it, without the hexadecimal and underscored forms. */
function parseBound(text: string): number | undefined {
  return /[pP_]/.test(text) ? undefined : parseGoFloat(text);
}

function countMetric(family: Family, labels: readonly Label[], isNew: boolean): void {
  family.metricCount++;
  if (!isNew) family.repeatedCount++;
  for (const [label] of labels) {
    family.labelNames.set(label, (family.labelNames.get(label) ?? 0) + 1);
  }
}
