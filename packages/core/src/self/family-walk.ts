import type { ExpositionFormat } from '../exposition/content-type.js';
import { ByteSink } from '../exposition/render/byte-sink.js';
import { type ExpositionWriter, expositionWriter } from '../exposition/render/exposition-writer.js';
import type { FamilyHeader } from '../model/metric-family.js';
import type { BodyWalk } from './body-walk.js';
import { keepChunk } from './chunk-pool.js';
import { FamilySeries } from './family-series.js';
import { groupSamples } from './group-samples.js';
import type { MetricChain, MetricLink } from './metric-chain.js';
import type { MetricRows } from './metric-rows.js';
import type { WalkOptions } from './text-walk.js';
import type { TimeSlice } from './time-slice.js';

export interface FamilyWalkOptions extends WalkOptions {
  readonly format: ExpositionFormat;
}

const types: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'summary']);

/** A family in the middle of being written. */
interface OpenFamily {
  readonly link: MetricLink;
  readonly header: FamilyHeader;
  readonly rows: Exclude<MetricRows, { kind: 'samples' }>;
  /** Of histograms, +Inf included: one array for all series. */
  readonly upperBounds: readonly number[];
}

/** Renders a chain of metrics through the model: OpenMetrics and protobuf. */
export class FamilyWalk implements BodyWalk {
  readonly #options: FamilyWalkOptions;
  readonly #slice: TimeSlice;
  readonly #sink: ByteSink;
  readonly #writer: ExpositionWriter;
  readonly #series: FamilySeries;
  #ready: Uint8Array[] = [];
  #at: MetricChain | MetricLink | undefined;
  #family: OpenFamily | undefined;
  #row = 0;

  constructor(chain: MetricChain | MetricLink | undefined, options: FamilyWalkOptions) {
    this.#at = chain;
    this.#options = options;
    this.#slice = options.newSlice();
    this.#sink = new ByteSink(options.pool);
    this.#writer = expositionWriter(this.#sink, options);
    this.#series = new FamilySeries(options.defaults, options.format);
  }

  async next(): Promise<Uint8Array | undefined> {
    while (this.#ready.length === 0 && this.#at !== undefined) {
      if (this.#slice.spent) await this.#slice.pause();
      if (this.#family === undefined) await this.#enterNext();
      else this.#writeRow(this.#family);
      // To the end of the series, so that a fork can go on from here.
      if (this.#sink.full || this.#at === undefined) this.#ready = this.#sink.takeAll();
    }
    return this.#ready.shift();
  }

  /** In protobuf no chunk comes from within a family. */
  fork(): FamilyWalk {
    const walk = new FamilyWalk(this.#at, this.#options);
    for (const chunk of this.#ready) keepChunk(chunk);
    walk.#ready = [...this.#ready];
    walk.#family = this.#family;
    walk.#row = this.#row;
    if (this.#family !== undefined) {
      walk.#writer.beginFamily(this.#family.header);
      walk.#sink.takeAll();
    }
    return walk;
  }

  async #enterNext(): Promise<void> {
    const link = await this.#at?.next();
    if (link === undefined) {
      this.#at = undefined;
      this.#writer.end();
      return;
    }
    this.#at = link;
    this.#row = 0;
    try {
      this.#family = await openFamily(link, this.#slice);
      this.#writer.beginFamily(this.#family.header);
    } catch (error) {
      this.#family = undefined;
      link.fail(error);
    }
  }

  #writeRow(family: OpenFamily): void {
    if (this.#row >= family.rows.count) {
      this.#writer.endFamily();
      this.#family = undefined;
      return;
    }
    try {
      this.#writeSeries(family, this.#row++);
    } catch (error) {
      // A series is read before anything of it is written.
      this.#row = family.rows.count;
      family.link.fail(error);
    }
  }

  #writeSeries({ rows, upperBounds }: OpenFamily, index: number): void {
    const writer = this.#writer;
    switch (rows.kind) {
      case 'values': {
        const row = rows.read(index);
        if (row !== undefined) writer.writeValue(this.#series.value(row));
        return;
      }
      case 'histograms': {
        const row = rows.read(index);
        if (row !== undefined) writer.writeHistogram(this.#series.histogram(row, upperBounds));
        return;
      }
      case 'summaries': {
        const row = rows.read(index);
        if (row !== undefined) writer.writeSummary(this.#series.summary(row, rows.quantiles));
        return;
      }
    }
  }
}

async function openFamily(link: MetricLink, slice: TimeSlice): Promise<OpenFamily> {
  const { metric } = link;
  const { name, help, rows } = metric;
  // Anything can be said by a metric that is not prom-client's.
  const type = types.has(metric.type) ? metric.type : 'unknown';
  const grouped = rows.kind === 'samples' ? await groupSamples(metric, rows, slice) : rows;
  const bounds = grouped.kind === 'histograms' ? grouped.bounds : [];
  const upperBounds = [...bounds, Number.POSITIVE_INFINITY];
  return { link, header: { name, help, type }, rows: grouped, upperBounds };
}
