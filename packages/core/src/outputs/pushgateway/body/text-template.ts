import type { ByteSink } from '../../../exposition/render/byte-sink.js';
import { escapeHelp, escapeQuoted, seriesText } from '../../../exposition/render/text-format.js';
import { writeFloat } from '../../../exposition/render/write-number.js';
import type { Metadata, MetricType } from '../../../model/metadata.js';
import { familyOf } from './family-of.js';
import { isPlainSeries } from './family-plan.js';
import type { PushedSeries } from './pushed-series.js';
import type { SharedTexts } from './shared-texts.js';

/** As Go writes a float64, with room for what reserves more than it takes, and its newline. */
const longestNumber = 33;
const newline = 10;
const noHead = -1;
const noNumbers = new Int32Array(0);

const textTypes: Readonly<Record<MetricType, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  gaugehistogram: 'histogram',
  summary: 'summary',
  info: 'gauge',
  stateset: 'gauge',
  unknown: 'untyped',
};

/** What a scrape says of its series. */
export interface ScrapedSeries {
  /** As a batch has them: a ref that was in the one before stands for the same series still. */
  readonly refs: Int32Array;
  read(ref: number): PushedSeries;
  /** Asked only where there are series that were not there before. */
  families(): ReadonlyMap<string, Metadata>;
}

/**
 * The body of a group in text: which of the shared texts stand before its numbers. A push copies them and
 * writes the numbers; where series come and go, those that stay are not looked at (docs/decisions/0040).
 */
export class TextTemplate {
  readonly #texts: SharedTexts;
  /** Of the series, in the order of their numbers. */
  #refs = noNumbers;
  /** Name, labels and a blank. */
  #series = noNumbers;
  /** The comments of the family, of which a body needs those of the first series alone. */
  #heads = noNumbers;
  /** Bytes that a body takes at most. */
  mostBytes = 0;

  constructor(texts: SharedTexts) {
    this.#texts = texts;
  }

  get memoryBytes(): number {
    return this.#refs.length * 12;
  }

  /** Takes over from the last ones what stays; false, and empty, where text cannot hold all series. */
  change(scraped: ScrapedSeries): boolean {
    const refs = scraped.refs.slice();
    const count = refs.length;
    const series = new Int32Array(count);
    const heads = new Int32Array(count);
    const places = this.#texts.placesOfRefs(refs, this.#refs);
    this.#notePlaces(places);
    let isText = true;
    for (const [i, ref] of refs.entries()) {
      const before = places[ref]! - 1;
      if (before >= 0) {
        places[ref] = 0;
        series[i] = this.#series[before]!;
        heads[i] = this.#heads[before]!;
        continue;
      }
      const one = scraped.read(ref);
      isText &&= isPlainSeries(one);
      series[i] = this.#texts.hold(textOf(one));
      const head = headOf(one, scraped.families());
      heads[i] = head === '' ? noHead : this.#texts.hold(head);
    }
    this.#releaseLeft(places);
    this.#refs = refs;
    this.#series = series;
    this.#heads = heads;
    if (!isText) this.clear();
    this.mostBytes = this.#countBytes();
    return isText;
  }

  /** Lets go of all texts. */
  clear(): void {
    for (let i = 0; i < this.#refs.length; i++) this.#release(i);
    this.#refs = this.#series = this.#heads = noNumbers;
  }

  /** `values` are those of the series, in their order. */
  fill(values: Float64Array, sink: ByteSink): void {
    const texts = this.#texts;
    const series = this.#series;
    const heads = this.#heads;
    texts.beginBody();
    let last = noHead;
    for (let i = 0; i < series.length; i++) {
      const head = heads[i]!;
      // Series of a family mostly stand together.
      if (head !== last && head !== noHead && texts.isFirst(head)) texts.write(head, sink);
      last = head;
      texts.write(series[i]!, sink);
      writeFloat(sink, values[i]!, false);
      sink.reserve(1);
      sink.bytes[sink.at++] = newline;
    }
  }

  /** A ref that stands twice keeps one place. */
  #notePlaces(places: Int32Array): void {
    for (const [i, ref] of this.#refs.entries()) {
      if (places[ref] !== 0) this.#release(i);
      else places[ref] = i + 1;
    }
  }

  /** Of places that nobody has taken over. */
  #releaseLeft(places: Int32Array): void {
    for (const [i, ref] of this.#refs.entries()) {
      if (places[ref] !== i + 1) continue;
      places[ref] = 0;
      this.#release(i);
    }
  }

  #release(place: number): void {
    this.#texts.release(this.#series[place]!);
    const head = this.#heads[place]!;
    if (head !== noHead) this.#texts.release(head);
  }

  #countBytes(): number {
    const texts = this.#texts;
    texts.beginBody();
    let bytes = 0;
    for (let i = 0; i < this.#refs.length; i++) {
      const head = this.#heads[i]!;
      if (head !== noHead && texts.isFirst(head)) bytes += texts.lengthOf(head);
      bytes += texts.lengthOf(this.#series[i]!) + longestNumber;
    }
    return bytes;
  }
}

/** Without quotes, which prometheus/common of gateway 1.5 does not read: see isPlainSeries. */
function textOf({ name, labels }: PushedSeries): string {
  const pairs = labels.map(([label, value]) => `${label}="${escapeQuoted(value)}"`);
  return `${seriesText(name, pairs.join(','))} `;
}

function headOf({ name }: PushedSeries, families: ReadonlyMap<string, Metadata>): string {
  const { family, type, help } = familyOf(name, families);
  const helpLine = help === '' ? '' : `# HELP ${family} ${escapeHelp(help)}\n`;
  return type === 'unknown' ? helpLine : `${helpLine}# TYPE ${family} ${textTypes[type]}\n`;
}
