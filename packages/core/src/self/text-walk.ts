import type { BodyWalk } from './body-walk.js';
import { ByteWriter } from './byte-writer.js';
import type { MetricChain, MetricLink } from './metric-chain.js';
import type { RowLabels } from './metric-rows.js';
import { TextMetric } from './text-metric.js';
import type { TextDialect } from './text-names.js';
import type { TimeSlice } from './time-slice.js';

/** A write to a socket costs the same for 100 bytes as for 64 KiB, which is also a TLS record's order. */
const chunkBytes = 65_536;

/** How much is done between two looks at the clock: some 20 µs' worth. */
const burstBytes = 4096;
const burstRows = 64;

export interface TextWalkOptions {
  readonly dialect: TextDialect;
  /** The registry's default labels. */
  readonly defaults: RowLabels;
  readonly newSlice: () => TimeSlice;
}

/** Renders a chain of metrics as text. */
export class TextWalk implements BodyWalk {
  readonly #options: TextWalkOptions;
  readonly #slice: TimeSlice;
  /** Room for the series that goes over a chunk's end. */
  readonly #out = new ByteWriter(chunkBytes + 16_384);
  #at: MetricChain | MetricLink | undefined;
  #metric: TextMetric | undefined;
  #row = 0;

  constructor(chain: MetricChain | MetricLink | undefined, options: TextWalkOptions) {
    this.#at = chain;
    this.#options = options;
    this.#slice = options.newSlice();
  }

  async next(): Promise<Uint8Array | undefined> {
    const out = this.#out;
    while (this.#at !== undefined && out.length < chunkBytes) {
      // Also for a reader who takes chunks without ever waiting.
      if (this.#slice.spent) await this.#slice.pause();
      if (this.#metric === undefined || this.#row >= this.#metric.rowCount) await this.#enterNext();
      else this.#row = writeBurst(this.#metric, this.#row, out);
    }
    return out.length === 0 ? undefined : out.take();
  }

  fork(): TextWalk {
    const walk = new TextWalk(this.#at, this.#options);
    walk.#metric = this.#metric;
    walk.#row = this.#row;
    return walk;
  }

  async #enterNext(): Promise<void> {
    const link = await this.#at?.next();
    this.#at = link;
    this.#row = 0;
    const { dialect, defaults } = this.#options;
    this.#metric = link && new TextMetric(link.metric, dialect, defaults);
    if (this.#metric !== undefined) this.#metric.writeHeader(this.#out);
    else if (dialect.openMetrics) this.#out.text('# EOF\n');
  }
}

function writeBurst(metric: TextMetric, from: number, out: ByteWriter): number {
  const end = Math.min(from + burstRows, metric.rowCount);
  const full = out.length + burstBytes;
  let row = from;
  while (row < end && out.length < full) metric.writeRow(row++, out);
  return row;
}
