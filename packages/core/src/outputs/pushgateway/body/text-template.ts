import { copyBytes, viewOf } from '../../../exposition/byte-blocks.js';
import type { ByteSink } from '../../../exposition/render/byte-sink.js';
import { escapeHelp, escapeQuoted, seriesText } from '../../../exposition/render/text-format.js';
import { writeFloat } from '../../../exposition/render/write-number.js';
import type { Metadata, MetricType } from '../../../model/metadata.js';
import { familyOf } from './family-of.js';
import type { PushedSeries } from './pushed-series.js';

/** As Go writes a float64; with room for what reserves more than it takes. */
const longestNumber = 32;

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

/**
 * The body of a group whose series stay, in text: all that stands between the numbers is kept as bytes,
 * so a push copies it and writes the numbers. 1,000 targets of 500 samples cost so 1 % of a core at
 * 15 s (bench: pushgateway).
 */
export class TextTemplate {
  readonly #view: DataView;
  /** Where the text before each number ends. */
  readonly #ends: Uint32Array;

  constructor(text: Uint8Array, ends: Uint32Array) {
    this.#view = viewOf(text);
    this.#ends = ends;
  }

  get memoryBytes(): number {
    return this.#view.byteLength + this.#ends.byteLength;
  }

  /** Bytes that a body takes at most. */
  get mostBytes(): number {
    return this.#view.byteLength + this.#ends.length * longestNumber + 1;
  }

  /** `values` are those of the series the template was made of, in their order. */
  fill(values: Float64Array, sink: ByteSink): void {
    const ends = this.#ends;
    let start = 0;
    for (let i = 0; i < ends.length; i++) {
      const end = ends[i]!;
      sink.reserve(end - start);
      copyBytes(this.#view, start, sink.view, sink.at, end - start);
      sink.at += end - start;
      writeFloat(sink, values[i]!, false);
      start = end;
    }
    sink.ascii('\n');
  }
}

/** `series` have names and labels that text can hold without quotes (prometheus/common 1.5 of the gateway). */
export function textTemplate(
  series: readonly PushedSeries[],
  families: ReadonlyMap<string, Metadata>,
): TextTemplate {
  const announced = new Set<string>();
  const ends = new Uint32Array(series.length);
  const pieces: string[] = [];
  let length = 0;
  for (const [i, { name, labels }] of series.entries()) {
    let text = i === 0 ? '' : '\n';
    const { family, type, help } = familyOf(name, families);
    if (!announced.has(family)) {
      announced.add(family);
      if (help !== '') text += `# HELP ${family} ${escapeHelp(help)}\n`;
      if (type !== 'unknown') text += `# TYPE ${family} ${textTypes[type]}\n`;
    }
    const pairs = labels.map(([label, value]) => `${label}="${escapeQuoted(value)}"`).join(',');
    text += `${seriesText(name, pairs)} `;
    length += Buffer.byteLength(text);
    ends[i] = length;
    pieces.push(text);
  }
  return new TextTemplate(Buffer.from(pieces.join('')), ends);
}
