import type { BatchHistograms, ScrapeBatch } from '../../scrape-batch.js';
import type { Fragment } from '../fragment.js';
import { exemplarFragment } from './exemplar-fragment.js';
import { FragmentCompressor } from './fragment-compressor.js';
import { fitsTemplate, type Template } from './template.js';
import { WriteRequestEncoder } from './write-request.js';

/** What is kept of a target between its scrapes. */
export class TargetTemplates {
  layout = Number.NaN;
  samples = 0;
  /** One per part of the layout, in its order. */
  list: Template[] = [];
  /** The last layout was seen more than once; without that, a new one gets no template at once. */
  layoutLasted = true;

  get memoryBytes(): number {
    return this.list.reduce((sum, template) => sum + template.memoryBytes, 0);
  }
}

/** Turns batches into fragments: by template where only numbers change, else from scratch. */
export class BatchEncoder {
  readonly #samplesPerPart: number;
  readonly #sendNativeHistograms: boolean;
  readonly #sendExemplars: boolean;
  readonly #encoder = new WriteRequestEncoder();
  readonly #compressor = new FragmentCompressor();
  #templateBytes = 0;

  constructor(samplesPerPart: number, sendNativeHistograms = false, sendExemplars = false) {
    this.#samplesPerPart = samplesPerPart;
    this.#sendNativeHistograms = sendNativeHistograms;
    this.#sendExemplars = sendExemplars;
  }

  /** Buffers and every target's templates. */
  get memoryBytes(): number {
    return this.#templateBytes + this.#encoder.memoryBytes + this.#compressor.memoryBytes;
  }

  /** Calls `emit` with each fragment, which is valid until `emit` returns. */
  encode(batch: ScrapeBatch, kept: TargetTemplates, emit: (fragment: Fragment) => void): void {
    if (batch.timestampsMs === undefined && fitsTemplate(batch.timestampMs)) {
      this.#encodeByTemplate(batch, kept, emit);
    } else {
      this.#encodeFrom(batch, emit);
    }
    if (batch.histograms !== undefined && this.#sendNativeHistograms) {
      this.#encodeHistograms(batch, batch.histograms, emit);
    }
    if (batch.exemplars !== undefined && this.#sendExemplars) {
      emit(exemplarFragment(batch, batch.exemplars));
    }
    const atMost = this.#partSize(batch.staleCount);
    for (let from = 0; from < batch.staleCount; ) {
      from = this.#encoder.encodeStaleMarkers(batch, from, atMost);
      emit(this.#compressor.compress(this.#encoder));
    }
  }

  forget(kept: TargetTemplates): void {
    this.#templateBytes -= kept.memoryBytes;
    kept.list = [];
    kept.layout = Number.NaN;
  }

  #encodeByTemplate(
    batch: ScrapeBatch,
    kept: TargetTemplates,
    emit: (fragment: Fragment) => void,
  ): void {
    // A layout counts with its samples: a target that ends repeats its last layout's number, empty.
    if (kept.layout === batch.layout && kept.samples === batch.count) {
      kept.layoutLasted = true;
    } else {
      // Building costs what compressing once does, so the first scrape of a layout pays nothing for
      // the next; a target that never repeats a layout would only pay for keeping the templates.
      const isWorthKeeping = kept.layoutLasted;
      this.forget(kept);
      kept.layout = batch.layout;
      kept.samples = batch.count;
      kept.layoutLasted = false;
      if (!isWorthKeeping) {
        this.#encodeFrom(batch, emit);
        return;
      }
    }
    if (kept.list.length === 0) this.#build(batch, kept);
    let from = 0;
    for (const template of kept.list) {
      template.fill(batch.values, from, batch.timestampMs);
      from += template.samples;
      emit(template);
    }
  }

  #encodeFrom(batch: ScrapeBatch, emit: (fragment: Fragment) => void): void {
    const atMost = this.#partSize(batch.count);
    for (let from = 0; from < batch.count; ) {
      from = this.#encoder.encodeSamples(batch, from, atMost);
      emit(this.#compressor.compress(this.#encoder));
    }
  }

  /** Each histogram is another in every scrape: there is nothing to keep of them. */
  #encodeHistograms(
    batch: ScrapeBatch,
    histograms: BatchHistograms,
    emit: (fragment: Fragment) => void,
  ): void {
    const atMost = this.#partSize(histograms.count);
    for (let from = 0; from < histograms.count; ) {
      from = this.#encoder.encodeHistograms(batch, histograms, from, atMost);
      if (this.#encoder.samples > 0) emit(this.#compressor.compress(this.#encoder));
    }
  }

  #build(batch: ScrapeBatch, kept: TargetTemplates): void {
    const atMost = this.#partSize(batch.count);
    for (let from = 0; from < batch.count; ) {
      from = this.#encoder.encodeSamples(batch, from, atMost);
      const template = this.#compressor.buildTemplate(this.#encoder);
      kept.list.push(template);
      this.#templateBytes += template.memoryBytes;
    }
  }

  /** Parts of one target are of equal size, none left over that would compress badly. */
  #partSize(samples: number): number {
    return Math.ceil(samples / Math.ceil(samples / this.#samplesPerPart));
  }
}
