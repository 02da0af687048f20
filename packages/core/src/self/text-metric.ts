import { escapeHelp, escapeQuoted, metricNameText } from '../exposition/render/text-format.js';
import type { ByteWriter } from './byte-writer.js';
import type {
  CollectedMetric,
  HistogramRow,
  RowExemplar,
  RowLabels,
  SampleRow,
  SummaryRow,
} from './metric-rows.js';
import { LabelNames, SampleName, type TextDialect } from './text-names.js';

const newLine = 0x0a;
const quote = 0x22;
const brace = 0x7b;
const noLabels: RowLabels = {};

/**
 * Writes a metric as text, series by series. The labels of a histogram's series are made once; its
 * other lines repeat the bytes.
 */
export class TextMetric {
  readonly #metric: CollectedMetric;
  readonly #dialect: TextDialect;
  readonly #defaults: RowLabels;
  readonly #defaultsHave: { readonly le: boolean; readonly quantile: boolean };
  readonly #labelNames: LabelNames;
  /** As samples carry it; a counter's has `_total` in OpenMetrics. */
  readonly #name: SampleName;
  readonly #sum: SampleName;
  readonly #count: SampleName;
  /** `name_bucket{le="1"` of each bucket, `name{quantile="0.5"` of each quantile. */
  readonly #columns: readonly Uint8Array[];
  readonly #otherNames = new Map<string, SampleName>();

  constructor(metric: CollectedMetric, dialect: TextDialect, defaults: RowLabels) {
    this.#metric = metric;
    this.#dialect = dialect;
    this.#defaults = defaults;
    this.#defaultsHave = {
      le: Object.hasOwn(defaults, 'le'),
      quantile: Object.hasOwn(defaults, 'quantile'),
    };
    this.#labelNames = new LabelNames(dialect.escapeName);
    const { name } = metric;
    this.#name = this.#sampleName(this.#totalled(name));
    this.#sum = this.#sampleName(`${name}_sum`);
    this.#count = this.#sampleName(`${name}_count`);
    this.#columns = this.#columnOpens();
  }

  get rowCount(): number {
    return this.#metric.rows.count;
  }

  /** The comments before the samples. */
  writeHeader(out: ByteWriter): void {
    const { name, help, type } = this.#metric;
    const { openMetrics } = this.#dialect;
    const isTotal = openMetrics && type === 'counter';
    const family = metricNameText(this.#escaped(isTotal ? name.replace(/_total$/, '') : name));
    const helpText = openMetrics ? escapeQuoted(help) : escapeHelp(help);
    out.text(`# HELP ${family} ${helpText}\n# TYPE ${family} ${type}\n`);
  }

  /** All lines of one series; none when it has gone. */
  writeRow(index: number, out: ByteWriter): void {
    const { rows } = this.#metric;
    switch (rows.kind) {
      case 'values': {
        const row = rows.read(index);
        if (row !== undefined) this.#writeSample(out, this.#name, row.labels, row);
        return;
      }
      case 'histograms': {
        const row = rows.read(index);
        if (row !== undefined) this.#writeHistogram(out, row);
        return;
      }
      case 'summaries': {
        const row = rows.read(index);
        if (row !== undefined) this.#writeSummary(out, row);
        return;
      }
      case 'samples': {
        const row = rows.read(index);
        if (row !== undefined) this.#writeLoneSample(out, row);
        return;
      }
    }
  }

  #writeHistogram(out: ByteWriter, { labels, counts, sum, exemplars }: HistogramRow): void {
    let from = 0;
    let to = 0;
    for (let i = 0; i < this.#columns.length; i++) {
      out.bytes(this.#columns[i] as Uint8Array);
      if (i === 0) {
        from = out.length;
        this.#writePairs(out, labels, 'le');
        out.text('} ');
        to = out.length;
      } else out.again(from, to);
      out.value(counts[i] as number);
      if (exemplars !== undefined) this.#writeExemplar(out, exemplars[i]);
      out.byte(newLine);
    }
    const count = counts[counts.length - 1] as number;
    if (this.#defaultsHave.le) {
      this.#writeSample(out, this.#sum, labels, { value: sum });
      this.#writeLine(out, this.#count, labels, count);
    } else {
      this.#repeat(out, this.#sum, from, to);
      this.#writeFloat(out, sum);
      out.byte(newLine);
      this.#repeat(out, this.#count, from, to);
      out.value(count);
      out.byte(newLine);
    }
  }

  #writeSummary(out: ByteWriter, { labels, values, sum, count }: SummaryRow): void {
    for (let i = 0; i < this.#columns.length; i++) {
      out.bytes(this.#columns[i] as Uint8Array);
      this.#writePairs(out, labels, 'quantile');
      out.text('} ');
      this.#writeFloat(out, values[i] as number);
      out.byte(newLine);
    }
    this.#writeSample(out, this.#sum, labels, { value: sum });
    this.#writeLine(out, this.#count, labels, count);
  }

  /** A sample of a metric that says the names of its samples itself. */
  #writeLoneSample(out: ByteWriter, row: SampleRow): void {
    const { labels = noLabels, sharedLabels, metricName } = row;
    const name = metricName === undefined ? this.#name : this.#otherName(metricName);
    const merged = sharedLabels === undefined ? labels : mergeLabels(labels, sharedLabels);
    this.#writeSample(out, name, merged, row);
  }

  #writeSample(
    out: ByteWriter,
    name: SampleName,
    labels: RowLabels,
    {
      value,
      exemplar,
    }: { readonly value: number; readonly exemplar?: RowExemplar | null | undefined },
  ): void {
    this.#writeLabels(out, name, labels);
    this.#writeFloat(out, value);
    if (exemplar) this.#writeExemplar(out, exemplar);
    out.byte(newLine);
  }

  /** A sample whose value is a count. */
  #writeLine(out: ByteWriter, name: SampleName, labels: RowLabels, count: number): void {
    this.#writeLabels(out, name, labels);
    out.value(count);
    out.byte(newLine);
  }

  #writeLabels(out: ByteWriter, name: SampleName, labels: RowLabels): void {
    const start = out.length;
    out.bytes(name.open);
    const from = out.length;
    this.#writePairs(out, labels, undefined);
    if (out.length === from) {
      out.truncate(start);
      out.bytes(name.bare);
      return;
    }
    out.replace(from, name.separator);
    out.text('} ');
  }

  /** The labels of a line before, after another name; `from` is at their first comma. */
  #repeat(out: ByteWriter, name: SampleName, from: number, to: number): void {
    // Without labels there is only the brace.
    if (to - from === 2) {
      out.bytes(name.bare);
      return;
    }
    out.bytes(name.open);
    const at = out.length;
    out.again(from, to);
    out.replace(at, name.separator);
  }

  /** `,name="value"` for each label, the registry's default ones behind the series' own. */
  #writePairs(out: ByteWriter, labels: RowLabels, column: string | undefined): void {
    for (const name in labels) {
      if (name !== column && Object.hasOwn(labels, name)) this.#writePair(out, name, labels);
    }
    for (const name in this.#defaults) {
      if (name !== column && !Object.hasOwn(labels, name))
        this.#writePair(out, name, this.#defaults);
    }
  }

  #writePair(out: ByteWriter, name: string, labels: RowLabels): void {
    out.bytes(this.#labelNames.open(name));
    const value: unknown = labels[name];
    out.quoted(typeof value === 'string' ? value : String(value));
    out.byte(quote);
  }

  #writeExemplar(out: ByteWriter, exemplar: RowExemplar | null | undefined): void {
    if (!this.#dialect.openMetrics || !exemplar) return;
    out.text(' # ');
    const from = out.length;
    for (const name in exemplar.labelSet) this.#writePair(out, name, exemplar.labelSet);
    if (out.length === from) out.byte(brace);
    else out.replace(from, brace);
    out.text('} ');
    this.#writeFloat(out, exemplar.value);
    if (exemplar.timestamp !== undefined) out.text(` ${exemplar.timestamp}`);
  }

  #writeFloat(out: ByteWriter, value: number): void {
    out.value(value);
    if (this.#dialect.openMetrics && Number.isInteger(value) && Math.abs(value) < 1e21) {
      out.text('.0');
    }
  }

  #columnOpens(): Uint8Array[] {
    const { rows, name } = this.#metric;
    if (rows.kind === 'histograms') {
      const bucket = this.#sampleName(`${name}_bucket`);
      const texts = [...rows.bounds.map((bound) => this.#columnText(bound)), '+Inf'];
      return texts.map((text) => bucket.with('le', text));
    }
    if (rows.kind !== 'summaries') return [];
    return rows.quantiles.map((q) => this.#name.with('quantile', this.#columnText(q)));
  }

  #columnText(value: number): string {
    const text = escapeQuoted(String(value));
    return this.#dialect.openMetrics && /^-?\d+$/.test(text) ? `${text}.0` : text;
  }

  #otherName(name: string): SampleName {
    let known = this.#otherNames.get(name);
    if (known === undefined) {
      known = this.#sampleName(name === this.#metric.name ? this.#totalled(name) : name);
      this.#otherNames.set(name, known);
    }
    return known;
  }

  #totalled(name: string): string {
    const { openMetrics } = this.#dialect;
    if (!openMetrics || this.#metric.type !== 'counter' || name.endsWith('_total')) return name;
    return `${name}_total`;
  }

  #sampleName(name: string): SampleName {
    return new SampleName(this.#escaped(name));
  }

  #escaped(name: string): string {
    return this.#dialect.escapeName?.(name) ?? name;
  }
}

/** The sample's own first: prom-client's `le` stands before what all buckets share. */
function mergeLabels(own: RowLabels, shared: RowLabels): RowLabels {
  const merged: Record<string, string | number> = {};
  for (const name of Object.keys(own)) {
    if (!Object.hasOwn(shared, name)) merged[name] = own[name] as string | number;
  }
  return Object.assign(merged, shared);
}
