import { type MetricRows, readRows, type ValueRow } from '../../self/metric-rows.js';
import type { RegistryMetric, RegistryMetricValues, RegistrySample } from '../../self/registry.js';
import { RegistryName } from '../../self/registry-name.js';
import type { MetricText } from '../options/recorder-options.js';
import type { RecorderSource } from './recorder-source.js';

/** How the values of a counter or gauge are found: a row each, up to `count`. */
export interface ValueRows {
  count(): number;
  /** `render`: see SeriesTable.isOlder. */
  read(index: number, render: number): ValueRow | undefined;
}

/** A counter or gauge of a recorder as a prom-client registry knows one. */
export class HttpValueMetric implements RegistryMetric {
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly aggregator = 'sum';
  readonly #name: RegistryName;
  readonly #rows: ValueRows;
  readonly #source: RecorderSource;

  constructor(
    { name, help }: MetricText,
    type: 'counter' | 'gauge',
    source: RecorderSource,
    rows: ValueRows,
  ) {
    this.#name = new RegistryName(name);
    this.help = help;
    this.type = type;
    this.#source = source;
    this.#rows = rows;
  }

  get name(): string {
    return this.#name.value;
  }

  set name(name: string) {
    this.#name.value = name;
  }

  get(): RegistryMetricValues {
    const { help, type, aggregator } = this;
    const { count, read } = this[readRows]();
    const values: RegistrySample[] = [];
    for (let index = 0; index < count; index++) {
      const row = read(index);
      if (row !== undefined) values.push({ labels: row.labels, value: row.value });
    }
    return { name: this.#name.take(), help, type, aggregator, values };
  }

  [readRows](): Extract<MetricRows, { kind: 'values' }> {
    this.#source.collect();
    const render = this.#source.table.nextRender();
    const read = (index: number): ValueRow | undefined => this.#rows.read(index, render);
    return { kind: 'values', count: this.#rows.count(), read };
  }

  reset(): void {
    this.#source.reset();
  }
}
