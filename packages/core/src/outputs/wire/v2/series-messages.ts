import type { Metadata } from '../../../model/metadata.js';
import { metadataOf } from '../../../model/metadata-of.js';
import type { ScrapeBatch } from '../../scrape-batch.js';
import { field } from '../request-parts.js';
import { typeNumbers } from '../type-numbers.js';
import { writeValue } from '../v1/write-request.js';
import { varintLength, writeInt64Varint, writeVarint } from '../varint.js';
import type { SymbolTable } from './symbol-table.js';

// Protobuf tags of remote write 2.0 (io/prometheus/write/v2/types.proto).
const exemplarTag = 0x22; // TimeSeries.exemplars = 4
const metadataTag = 0x2a; // TimeSeries.metadata = 5
const labelsTag = 0x0a; // Exemplar.labels_refs = 1, packed
const valueTag = 0x11; // Exemplar.value = 2
const timestampTag = 0x18; // Exemplar.timestamp = 3
const typeTag = 0x08; // Metadata.type = 1
const helpTag = 0x18; // Metadata.help_ref = 3
const unitTag = 0x20; // Metadata.unit_ref = 4

const noBytes = new Uint8Array(0);

/** What the series of a part refer to and say beside their numbers. */
export interface SeriesContext {
  readonly symbols: SymbolTable;
  readonly families: ReadonlyMap<string, Metadata>;
  /** Help texts are long: most requests leave them out. */
  readonly withHelp: boolean;
  /** By ref, the places of its exemplars in the batch. */
  readonly exemplars: ReadonlyMap<number, readonly number[]> | undefined;
}

/**
 * What is said of a series, as a field of its message; empty where nothing is.
 *
 * @param latin1Name the metric's name, read as latin1
 */
export function metadataMessage(latin1Name: string, context: SeriesContext): Uint8Array {
  const { families, symbols, withHelp } = context;
  if (families.size === 0) return noBytes;
  const metadata = metadataOf(Buffer.from(latin1Name, 'latin1').toString(), families);
  if (metadata === undefined) return noBytes;
  const out = new Uint8Array(16);
  let at = 0;
  const type = typeNumbers[metadata.type];
  if (type !== 0) {
    out[at++] = typeTag;
    out[at++] = type;
  }
  if (withHelp && metadata.help !== '') {
    out[at++] = helpTag;
    at = writeVarint(out, at, symbols.refOf(toLatin1(metadata.help)));
  }
  if (metadata.unit !== '') {
    out[at++] = unitTag;
    at = writeVarint(out, at, symbols.refOf(toLatin1(metadata.unit)));
  }
  return at === 0 ? noBytes : field(metadataTag, out.subarray(0, at));
}

/** The exemplars of a series, as fields of its message; empty where there are none. */
export function exemplarMessages(
  batch: ScrapeBatch,
  ref: number,
  { exemplars, symbols }: SeriesContext,
): Uint8Array {
  const places = exemplars?.get(ref);
  if (places === undefined || batch.exemplars === undefined) return noBytes;
  const { labels, values, timestampsMs } = batch.exemplars;
  const messages = places.map((place) => {
    const refs = labels[place]!.flat().map((word) => symbols.refOf(toLatin1(word)));
    const packed = new Uint8Array(refs.reduce((sum, one) => sum + varintLength(one), 0));
    let end = 0;
    for (const one of refs) end = writeVarint(packed, end, one);
    const rest = new Uint8Array(20);
    rest[0] = valueTag;
    writeValue(new DataView(rest.buffer), 1, values[place]!);
    rest[9] = timestampTag;
    const own = timestampsMs[place]!;
    const restEnd = writeInt64Varint(rest, 10, Number.isNaN(own) ? batch.timestampMs : own);
    const message = [field(labelsTag, packed), rest.subarray(0, restEnd)];
    return field(exemplarTag, Buffer.concat(message));
  });
  return Buffer.concat(messages);
}

function toLatin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
