import type { Metadata } from '../../../model/metadata.js';
import { KnownFamilies } from '../../known-families.js';
import type { ScrapeBatch } from '../../scrape-batch.js';
import type { Fragment } from '../fragment.js';
import { labelsOfBytes } from '../labels-of-bytes.js';
import { fitsTemplate } from '../v1/template.js';
import { FormerParts } from './former-parts.js';
import { SeriesEncoder } from './series-encoder.js';
import type { SeriesContext } from './series-messages.js';
import { SymbolTable } from './symbol-table.js';
import { SymbolTables } from './symbol-tables.js';
import { TemplateBuilder } from './template-builder.js';
import { knownNext, type ValueTemplate, zeroBytesOf } from './value-template.js';

/**
 * How often the help texts of a target's families go out: they are longer than the rest of the symbols
 * and never change. Type and unit, by which receivers decide, stand in every request.
 */
const helpIntervalMs = 10 * 60_000;

const noFamilies: ReadonlyMap<string, Metadata> = new Map();

/** What is kept of a target between its scrapes. */
export class KeptSeries {
  layout = Number.NaN;
  samples = 0;
  familiesVersion = 0;
  /** The last layout was seen more than once; without that, a new one gets no template at once. */
  layoutLasted = true;
  /** One per part of the layout, in its order. */
  list: ValueTemplate[] = [];
  /** Those of the templates' samples, in their order. */
  refs = new Int32Array(0);
  /** Of the layout before, until this one has templates. */
  before: FormerParts | undefined;
  /** Series told when they began. */
  hadStarts = false;
  /** Of the scrape before, whether it was by template or not. */
  lastLayout = Number.NaN;
  lastSamples = 0;
  /** Shared with targets that are like it. */
  table: SymbolTable | undefined;
  /** What the last scrape referred to. */
  lastTable: SymbolTable | undefined;
  helpDueMs = 0;
  /** Only where every scrape needs them. */
  families: ReadonlyMap<string, Metadata> | undefined;
  /** Of the families kept. */
  keptVersion = 0;

  get memoryBytes(): number {
    return this.list.reduce((sum, one) => sum + one.memoryBytes, this.refs.byteLength);
  }
}

/** Where fragments go. */
export interface FragmentSink {
  /** The fragment is valid until this returns. */
  emit(fragment: Fragment): void;
  /** What refers to the table so far leaves before what comes. */
  seal(symbols: SymbolTable): void;
}

export interface SeriesEncodingOptions {
  readonly samplesPerPart: number;
  readonly sendExemplars: boolean;
  readonly sendNativeHistograms: boolean;
  readonly sendMetadata: boolean;
}

/** Turns batches into fragments of remote write 2.0: by template where only numbers change. */
export class SeriesEncoding {
  readonly #options: SeriesEncodingOptions;
  readonly #encoder = new SeriesEncoder();
  readonly #builder = new TemplateBuilder();
  readonly #tables = new SymbolTables();
  readonly #families = new KnownFamilies();
  #templateBytes = 0;

  constructor(options: SeriesEncodingOptions) {
    this.#options = options;
  }

  /** Buffers, tables and every target's templates. */
  get memoryBytes(): number {
    const own = this.#encoder.memoryBytes + this.#builder.memoryBytes;
    return own + this.#tables.memoryBytes + this.#templateBytes;
  }

  encode(batch: ScrapeBatch, kept: KeptSeries, sink: FragmentSink): void {
    const exemplars = this.#exemplarsByRef(batch);
    const isHelpDue =
      this.#options.sendMetadata && batch.count > 0 && batch.timestampMs >= kept.helpDueMs;
    const table = this.#tableFor(batch, kept, exemplars !== undefined, isHelpDue);
    if (kept.lastTable !== undefined && kept.lastTable !== table) sink.seal(kept.lastTable);
    kept.lastTable = table;
    const isApart = table !== kept.table;
    const hasOwnTimes = batch.timestampsMs !== undefined;
    const byTemplate = !isApart && !hasOwnTimes && fitsTemplate(batch.timestampMs);
    if (byTemplate && this.#isRepeat(batch, kept)) this.#encodeByTemplate(batch, kept, sink);
    else {
      const families = this.#familiesOf(batch, kept, hasOwnTimes);
      const context = { symbols: table, families, withHelp: isHelpDue, exemplars };
      this.#encodeSamples(batch, context, sink);
    }
    if (batch.staleCount > 0 || batch.histograms !== undefined) {
      const families = this.#familiesOf(batch, kept, hasOwnTimes);
      this.#encodeOthers(batch, { symbols: table, families, withHelp: isHelpDue, exemplars }, sink);
    }
    kept.lastLayout = batch.layout;
    kept.lastSamples = batch.count;
    if (isHelpDue) kept.helpDueMs = batch.timestampMs + helpIntervalMs;
  }

  forget(kept: KeptSeries): void {
    this.#dropTemplates(kept);
    kept.before = undefined;
    if (kept.table !== undefined) this.#tables.leave(kept.table);
    kept.table = undefined;
  }

  #tableFor(
    batch: ScrapeBatch,
    kept: KeptSeries,
    withExemplars: boolean,
    withHelp: boolean,
  ): SymbolTable {
    if (kept.table !== undefined && this.#tables.isOutgrown(kept.table)) this.forget(kept);
    kept.table ??= this.#tables.join(symbolsOf(batch));
    // Labels of exemplars are traces: no other request has them.
    if (withExemplars) return new SymbolTable();
    return withHelp ? kept.table.withHelp() : kept.table;
  }

  /** Makes the templates if there are none; false where the layout may not be worth any. */
  #isRepeat(batch: ScrapeBatch, kept: KeptSeries): boolean {
    const familiesVersion = batch.families?.version ?? 0;
    const sameFamilies = kept.familiesVersion === familiesVersion;
    const isSame = kept.layout === batch.layout && kept.samples === batch.count && sameFamilies;
    if (isSame) {
      kept.layoutLasted = true;
      return true;
    }
    // A target that never repeats a layout would only pay for keeping templates.
    const isWorthKeeping = kept.layoutLasted;
    if (kept.list.length > 0) {
      // A ref that nobody had in a scrape may stand for another series in the next.
      const isNext = kept.lastLayout === kept.layout && kept.lastSamples === kept.samples;
      // What a series says beside its numbers may be another.
      const isSaidAlike = sameFamilies && !kept.hadStarts && batch.createdMs === undefined;
      const symbols = isNext && isSaidAlike ? kept.table : undefined;
      kept.before = new FormerParts(kept.refs, kept.list, symbols);
    }
    if (!isWorthKeeping) kept.before?.letGoOfParts();
    this.#dropTemplates(kept);
    kept.hadStarts = batch.createdMs !== undefined;
    kept.layout = batch.layout;
    kept.samples = batch.count;
    kept.familiesVersion = familiesVersion;
    kept.layoutLasted = false;
    return isWorthKeeping;
  }

  #dropTemplates(kept: KeptSeries): void {
    this.#templateBytes -= kept.memoryBytes;
    kept.list = [];
    kept.refs = new Int32Array(0);
    kept.layout = Number.NaN;
  }

  #encodeByTemplate(batch: ScrapeBatch, kept: KeptSeries, sink: FragmentSink): void {
    if (kept.list.length === 0) this.#build(batch, kept);
    let from = 0;
    for (let i = 0; i < kept.list.length; i++) {
      let template = kept.list[i]!;
      if (template.isRipe || !template.fill(batch.values, from, batch.timestampMs)) {
        template = this.#rebuild(batch, from, template);
        kept.list[i] = template;
      }
      from += template.samples;
      sink.emit(template);
    }
  }

  #build(batch: ScrapeBatch, kept: KeptSeries): void {
    const families = this.#familiesOf(batch, kept, false);
    const symbols = kept.table!;
    const { before } = kept;
    kept.refs = batch.refs.slice(0, batch.count);
    const context = { symbols, families, withHelp: false, exemplars: undefined };
    const most = this.#options.samplesPerPart;
    const { count } = batch;
    for (let from = 0, end = 0; from < count; ) {
      const same = from < end ? undefined : before?.partAt(kept.refs, from, count);
      if (same !== undefined) {
        kept.list.push(same);
        from += same.samples;
        continue;
      }
      if (from >= end) end = before?.endOfOthers(kept.refs, from, count, most) ?? count;
      const next = this.#encoder.encodeSamples(batch, from, partSize(end - from, most), context);
      const values = batch.values.slice(from, next);
      const refs = kept.refs.subarray(from, next);
      const known = before?.values?.of(refs, values) ?? Uint8Array.from(values, zeroBytesOf);
      const template = this.#builder.build(this.#encoder, symbols, values, known);
      before?.values?.passOn(template);
      kept.list.push(template);
      from = next;
    }
    kept.before = undefined;
    this.#templateBytes += kept.memoryBytes;
  }

  /** A value needs bytes that are not holes, or it is time to look what has not changed. */
  #rebuild(batch: ScrapeBatch, from: number, before: ValueTemplate): ValueTemplate {
    const values = batch.values.slice(from, from + before.samples);
    this.#encoder.again(before.bytes, before.uncompressedBytes, values, batch.timestampMs);
    const known = knownNext(before, values);
    const template = this.#builder.build(this.#encoder, before.symbols, values, known);
    template.highestTimestampMs = batch.timestampMs;
    template.inherit(before);
    this.#templateBytes += template.memoryBytes - before.memoryBytes;
    return template;
  }

  #encodeSamples(batch: ScrapeBatch, context: SeriesContext, sink: FragmentSink): void {
    const atMost = this.#partSize(batch.count);
    for (let from = 0; from < batch.count; ) {
      from = this.#encoder.encodeSamples(batch, from, atMost, context);
      sink.emit(this.#builder.compress(this.#encoder, context.symbols));
    }
  }

  /** Histograms and stale markers: there is nothing to keep of them. */
  #encodeOthers(batch: ScrapeBatch, context: SeriesContext, sink: FragmentSink): void {
    const histograms = this.#options.sendNativeHistograms ? batch.histograms : undefined;
    if (histograms !== undefined) {
      const atMost = this.#partSize(histograms.count);
      for (let from = 0; from < histograms.count; ) {
        from = this.#encoder.encodeHistograms(batch, histograms, from, atMost, context);
        sink.emit(this.#builder.compress(this.#encoder, context.symbols));
      }
    }
    const atMost = this.#partSize(batch.staleCount);
    for (let from = 0; from < batch.staleCount; ) {
      from = this.#encoder.encodeStaleMarkers(batch, from, atMost, context);
      sink.emit(this.#builder.compress(this.#encoder, context.symbols));
    }
  }

  #familiesOf(
    batch: ScrapeBatch,
    kept: KeptSeries,
    isAskedOften: boolean,
  ): ReadonlyMap<string, Metadata> {
    const { families } = batch;
    if (families === undefined || !this.#options.sendMetadata) return noFamilies;
    if (!isAskedOften || families.hash !== undefined) return this.#families.of(families);
    if (kept.families === undefined || kept.keptVersion !== families.version) {
      kept.families = families.read();
      kept.keptVersion = families.version;
    }
    return kept.families;
  }

  #exemplarsByRef({ exemplars }: ScrapeBatch): ReadonlyMap<number, number[]> | undefined {
    if (!this.#options.sendExemplars || exemplars === undefined) return undefined;
    const byRef = new Map<number, number[]>();
    for (let i = 0; i < exemplars.count; i++) {
      const ref = exemplars.refs[i]!;
      const places = byRef.get(ref);
      if (places === undefined) byRef.set(ref, [i]);
      else places.push(i);
    }
    return byRef;
  }

  #partSize(samples: number): number {
    return partSize(samples, this.#options.samplesPerPart);
  }
}

/** Parts of one target are of equal size, none left over that would compress badly. */
function partSize(samples: number, most: number): number {
  return Math.ceil(samples / Math.ceil(samples / most));
}

/** Those used most come first: the numbers below 128 take one byte. */
function symbolsOf(batch: ScrapeBatch): Set<string> {
  const uses = new Map<string, number>();
  const take = (name: string, value: string): void => {
    uses.set(name, (uses.get(name) ?? 0) + 1);
    uses.set(value, (uses.get(value) ?? 0) + 1);
  };
  for (let i = 0; i < batch.count; i++) {
    labelsOfBytes(batch.series.labelBytes(batch.refs[i]!), take);
  }
  const symbols = [...uses].sort((a, b) => b[1] - a[1]);
  return new Set(symbols.map(([symbol]) => symbol));
}
