import { metricNameLabel } from '../model/labels.js';
import { labelsOfBytes } from '../outputs/wire/labels-of-bytes.js';
import type { WriteVersion } from '../outputs/wire/request-parts.js';
import { typeNumbers } from '../outputs/wire/type-numbers.js';
import type { DecodedFamily, DecodedSeries } from './decode/decoded-message.js';
import type { PreparedMessage } from './prepare-message.js';

const none: readonly DecodedFamily[] = [];
const suffixes: Readonly<Record<number, RegExp>> = {
  [typeNumbers.histogram]: /_(?:bucket|count|sum)$/,
  [typeNumbers.gaugehistogram]: /_(?:bucket|gcount|gsum)$/,
  [typeNumbers.summary]: /_(?:count|sum)$/,
};

/** What the receiver has not been told of metric families yet: 1.0 has them beside the series. */
export class FamilyNews {
  readonly #version: WriteVersion;
  readonly #told = new Map<string, string>();

  constructor(version: WriteVersion) {
    this.#version = version;
  }

  /** Each once, until it changes. */
  of(messages: readonly PreparedMessage[]): readonly DecodedFamily[] {
    if (this.#version === 2) return none;
    const news: DecodedFamily[] = [];
    for (const { families, series } of messages) {
      for (const family of families) this.#tell(family, news);
      for (const one of series) {
        if (one.metadata !== undefined) this.#tell({ ...one.metadata, name: familyOf(one) }, news);
      }
    }
    return news;
  }

  #tell(family: DecodedFamily, news: DecodedFamily[]): void {
    const { name, type, help, unit } = family;
    const said = `${type} ${unit} ${help}`;
    if (this.#told.get(name) === said) return;
    this.#told.set(name, said);
    news.push(family);
  }
}

function familyOf({ labels, metadata }: DecodedSeries): string {
  let name = '';
  labelsOfBytes(labels, (label, value) => {
    if (label === metricNameLabel) name = Buffer.from(value, 'latin1').toString();
  });
  const suffix = suffixes[metadata?.type ?? 0];
  return suffix === undefined ? name : name.replace(suffix, '');
}
