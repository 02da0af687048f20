import type { EscapingScheme } from '../exposition/content-type.js';
import type { BodyWalk } from './body-walk.js';
import { ByteWriter } from './byte-writer.js';
import type { ChunkPool } from './chunk-pool.js';
import type { MetricChain, MetricLink } from './metric-chain.js';
import type { RowLabels } from './metric-rows.js';
import { TextMetric } from './text-metric.js';
import type { TimeSlice } from './time-slice.js';

/** How much is done between two looks at the clock: some 20 µs' worth. */
const burstBytes = 4096;
const burstRows = 64;

export interface WalkOptions {
  readonly escaping: EscapingScheme;
  /** The registry's default labels. */
  readonly defaults: RowLabels;
  readonly newSlice: () => TimeSlice;
  readonly pool: ChunkPool;
}

/** Renders a chain of metrics as text 0.0.4. */
export class TextWalk implements BodyWalk {
  readonly #options: WalkOptions;
  readonly #slice: TimeSlice;
  readonly #out: ByteWriter;
  #at: MetricChain | MetricLink | undefined;
  #link: MetricLink | undefined;
  #metric: TextMetric | undefined;
  #row = 0;

  constructor(chain: MetricChain | MetricLink | undefined, options: WalkOptions) {
    this.#at = chain;
    this.#options = options;
    this.#slice = options.newSlice();
    this.#out = new ByteWriter(options.pool);
  }

  async next(): Promise<Uint8Array | undefined> {
    const out = this.#out;
    while (this.#at !== undefined && out.length < this.#options.pool.chunkBytes) {
      // Also for a reader who takes chunks without ever waiting.
      if (this.#slice.spent) await this.#slice.pause();
      if (this.#metric === undefined || this.#row >= this.#metric.rowCount) await this.#enterNext();
      else this.#writeBurst(this.#metric);
    }
    return out.length === 0 ? undefined : out.take();
  }

  fork(): TextWalk {
    const walk = new TextWalk(this.#at, this.#options);
    walk.#link = this.#link;
    walk.#metric = this.#metric;
    walk.#row = this.#row;
    return walk;
  }

  /** A metric of the host's that breaks costs the series from there on, not the body. */
  #writeBurst(metric: TextMetric): void {
    const out = this.#out;
    const full = out.length + burstBytes;
    const end = Math.min(this.#row + burstRows, metric.rowCount);
    let written = out.length;
    try {
      while (this.#row < end && written < full) {
        metric.writeRow(this.#row++, out);
        written = out.length;
      }
    } catch (error) {
      out.truncate(written);
      this.#row = metric.rowCount;
      this.#link?.fail(error);
    }
  }

  async #enterNext(): Promise<void> {
    const link = await this.#at?.next();
    this.#at = link;
    this.#link = link;
    this.#row = 0;
    const { escaping, defaults } = this.#options;
    const before = this.#out.length;
    try {
      this.#metric = link && new TextMetric(link.metric, escaping, defaults);
      this.#metric?.writeHeader(this.#out);
    } catch (error) {
      this.#metric = undefined;
      this.#out.truncate(before);
      link?.fail(error);
    }
  }
}
