import type { Metadata } from '../../model/metadata.js';
import { metadataOf } from '../../model/metadata-of.js';
import type { ScrapeBatch } from '../scrape-batch.js';
import { labelsOfBytes } from '../wire/labels-of-bytes.js';
import type { LineFormat, SeriesText } from './line-format.js';

const none: ReadonlyMap<string, Metadata> = new Map();

/** What the lines of some series of a batch say beside their numbers. */
export function seriesTextsOf(
  batch: ScrapeBatch,
  refs: Int32Array,
  format: LineFormat,
): SeriesText[] {
  const families = format.wantsMetadata ? (batch.families?.read() ?? none) : none;
  return Array.from(refs, (ref) => {
    let name = '';
    const labels: [name: string, value: string][] = [];
    labelsOfBytes(batch.series.labelBytes(ref), (latin1Name, latin1Value) => {
      const value = utf8(latin1Value);
      if (latin1Name === '__name__') name = value;
      else labels.push([utf8(latin1Name), value]);
    });
    return format.series(name, labels, metadataOf(name, families));
  });
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString();
}
