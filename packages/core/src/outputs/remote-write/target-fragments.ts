import type { BatchPlace, ScrapeBatch } from '../scrape-batch.js';
import type { WriteVersion } from '../wire/request-parts.js';
import { BatchEncoder, TargetTemplates } from '../wire/v1/batch-encoder.js';
import { type FragmentSink, KeptSeries, SeriesEncoding } from '../wire/v2/series-encoding.js';
import type { SymbolTable } from '../wire/v2/symbol-table.js';
import type { RemoteWriteOptions } from './remote-write-options.js';

/** Small parts of a target fill a request to its last quarter; smaller ones compress worse. */
const partsPerRequest = 4;
/** Of 2.0, where each request carries its symbols too: fuller ones pay. */
const partsPerRequest2 = 10;
/** Of a batch that is all of its scrape. */
const onlyPlace: BatchPlace = { index: 0, count: 1 };

/** A target whose samples are written. */
export interface WrittenTarget {
  /** By which it has its lane. */
  readonly hash: number;
  /** By the place of a part; of most targets there is one. */
  readonly parts: WrittenPart[];
}

interface WrittenPart {
  readonly templates: TargetTemplates;
  /** Of remote write 2.0. */
  readonly series: KeptSeries;
}

/** Turns batches into fragments of the version that is sent, and keeps what makes the next ones cheap. */
export class TargetFragments {
  readonly #version1: BatchEncoder;
  /** Undefined where 1.0 is sent. */
  #version2: SeriesEncoding | undefined;
  readonly #targets = new Map<string, WrittenTarget>();

  constructor(options: RemoteWriteOptions, samplesPerBatch: number) {
    const { sendNativeHistograms = false, sendExemplars = false } = options;
    const samplesPerPart = Math.ceil(samplesPerBatch / partsPerRequest);
    this.#version1 = new BatchEncoder(samplesPerPart, sendNativeHistograms, sendExemplars);
    if (options.version !== 2) return;
    this.#version2 = new SeriesEncoding({
      samplesPerPart: Math.ceil(samplesPerBatch / partsPerRequest2),
      sendNativeHistograms,
      sendExemplars,
      sendMetadata: options.metadata !== undefined,
    });
  }

  get version(): WriteVersion {
    return this.#version2 === undefined ? 1 : 2;
  }

  /** Buffers, tables and templates. */
  get memoryBytes(): number {
    return this.#version1.memoryBytes + (this.#version2?.memoryBytes ?? 0);
  }

  target(id: string): WrittenTarget {
    let target = this.#targets.get(id);
    if (target === undefined) {
      target = { hash: hashOf(id), parts: [] };
      this.#targets.set(id, target);
    }
    return target;
  }

  encode(batch: ScrapeBatch, target: WrittenTarget, sink: FragmentSink): void {
    const { templates, series } = this.#partOf(target, batch.place ?? onlyPlace);
    if (this.#version2 === undefined) this.#version1.encode(batch, templates, sink.emit);
    else this.#version2.encode(batch, series, sink);
  }

  /** From now on 1.0. `seal` is called with what fragments of 2.0 may refer to, by their target's hash. */
  fallBack(seal: (hash: number, symbols: SymbolTable) => void): void {
    for (const { hash, parts } of this.#targets.values()) {
      for (const { series } of parts) {
        if (series.lastTable !== undefined) seal(hash, series.lastTable);
      }
    }
    this.#targets.clear();
    this.#version2 = undefined;
  }

  forget(id: string): void {
    const target = this.#targets.get(id);
    if (target === undefined) return;
    this.forgetParts(target);
    this.#targets.delete(id);
  }

  /** The target's next batch is encoded anew. */
  forgetParts({ parts }: WrittenTarget): void {
    for (const part of parts) this.#forgetPart(part);
  }

  clear(): void {
    this.#targets.clear();
  }

  #partOf({ parts }: WrittenTarget, { index, count }: BatchPlace): WrittenPart {
    // A target that has become smaller.
    while (parts.length > count + 1) this.#forgetPart(parts.pop()!);
    parts[index] ??= { templates: new TargetTemplates(), series: new KeptSeries() };
    return parts[index];
  }

  #forgetPart({ templates, series }: WrittenPart): void {
    this.#version1.forget(templates);
    this.#version2?.forget(series);
  }
}

/** FNV-1a, 32 bits. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
