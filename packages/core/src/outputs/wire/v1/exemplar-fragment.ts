import type { BatchExemplars, ScrapeBatch } from '../../scrape-batch.js';
import type { Fragment } from '../fragment.js';
import { compressedElements, field } from '../request-parts.js';
import { writeInt64Varint } from '../varint.js';
import { writeValue } from './write-request.js';

// Protobuf tags of remote write 1.0 (prompb/types.proto).
const timeSeriesTag = 0x0a; // WriteRequest.timeseries = 1
const exemplarTag = 0x1a; // TimeSeries.exemplars = 3
const labelTag = 0x0a; // Exemplar.labels = 1
const nameTag = 0x0a;
const labelValueTag = 0x12;
const valueTag = 0x11; // Exemplar.value = 2
const timestampTag = 0x18; // Exemplar.timestamp = 3

/** Exemplars as series without samples, behind those that have them, as Prometheus sends them in 1.0. */
export function exemplarFragment(batch: ScrapeBatch, exemplars: BatchExemplars): Fragment {
  const series = Array.from({ length: exemplars.count }, (_, i) => {
    const labels = Buffer.from(batch.series.labelBytes(exemplars.refs[i]!));
    const message = field(exemplarTag, exemplarMessage(exemplars, i, batch.timestampMs));
    return field(timeSeriesTag, Buffer.concat([labels, message]));
  });
  const message = Buffer.concat(series);
  return {
    bytes: compressedElements(message),
    uncompressedBytes: message.length,
    samples: 0,
    highestTimestampMs: 0,
    symbols: undefined,
  };
}

function exemplarMessage(exemplars: BatchExemplars, i: number, timestampMs: number): Uint8Array {
  const labels = exemplars.labels[i]!.map(([name, value]) =>
    field(
      labelTag,
      Buffer.concat([field(nameTag, Buffer.from(name)), field(labelValueTag, Buffer.from(value))]),
    ),
  );
  const rest = new Uint8Array(20);
  rest[0] = valueTag;
  writeValue(new DataView(rest.buffer), 1, exemplars.values[i]!);
  rest[9] = timestampTag;
  const own = exemplars.timestampsMs[i]!;
  const end = writeInt64Varint(rest, 10, Number.isNaN(own) ? timestampMs : own);
  return Buffer.concat([...labels, rest.subarray(0, end)]);
}
