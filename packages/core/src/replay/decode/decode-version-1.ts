import type {
  DecodedExemplar,
  DecodedFamily,
  DecodedMessage,
  DecodedPoint,
  DecodedSeries,
} from './decoded-message.js';
import { MessageReader, textOf } from './message-reader.js';
import { labelFields, readHistogram, readSample } from './point.js';

const nameThenValue = 12;
const noBytes: Uint8Array = new Uint8Array(0);

/** A WriteRequest of remote write 1.0 (prompb/remote.proto), uncompressed. */
export function decodeVersion1(bytes: Uint8Array): DecodedMessage {
  const reader = new MessageReader(bytes);
  const series: DecodedSeries[] = [];
  const families: DecodedFamily[] = [];
  while (reader.next()) {
    if (reader.number === 1) series.push(readSeries(reader.content()));
    else if (reader.number === 3) families.push(readFamily(reader.content()));
    else reader.skip();
  }
  return { series: withExemplars(series), families };
}

/**
 * Exemplars may stand in a series of their own, without samples, as kafka_write has them: they go to the samples
 * of the same labels, for 2.0 knows no series without any.
 */
function withExemplars(series: readonly DecodedSeries[]): readonly DecodedSeries[] {
  const alone = series.filter(
    ({ points, exemplars }) => points.length === 0 && exemplars.length > 0,
  );
  if (alone.length === 0) return series;
  const byLabels = new Map<string, DecodedExemplar[]>();
  for (const { labels, exemplars } of alone) {
    const key = keyOf(labels);
    byLabels.set(key, [...(byLabels.get(key) ?? []), ...exemplars]);
  }
  return series.flatMap((one) => {
    if (one.points.length === 0) return one.exemplars.length === 0 ? one : [];
    const key = keyOf(one.labels);
    const more = byLabels.get(key);
    byLabels.delete(key);
    return more === undefined ? one : { ...one, exemplars: [...one.exemplars, ...more] };
  });
}

function keyOf(labels: Uint8Array): string {
  return Buffer.from(labels.buffer, labels.byteOffset, labels.byteLength).toString('latin1');
}

function readSeries(bytes: Uint8Array): DecodedSeries {
  const reader = new MessageReader(bytes);
  const labels: Uint8Array[] = [];
  const points: DecodedPoint[] = [];
  const exemplars: DecodedExemplar[] = [];
  while (reader.next()) {
    if (reader.number === 1) labels.push(labelField(reader));
    else if (reader.number === 2) points.push(readSample(reader.content()));
    else if (reader.number === 3) exemplars.push(readExemplar(reader.content()));
    else if (reader.number === 4) points.push(readHistogram(reader.content()));
    else reader.skip();
  }
  return {
    labels: joined(labels),
    points,
    exemplars,
    metadata: undefined,
    createdMs: undefined,
  };
}

/** As it is where its fields stand as everybody writes them, else written anew. */
function labelField(reader: MessageReader): Uint8Array {
  const label = new MessageReader(reader.content());
  let order = 0;
  let name = noBytes;
  let value = noBytes;
  while (label.next()) {
    order = order * 10 + label.number;
    if (label.number === 1) name = label.content();
    else if (label.number === 2) value = label.content();
    else label.skip();
  }
  return order === nameThenValue ? reader.whole : labelFields([[textOf(name), textOf(value)]]);
}

/** Without a copy where they lie behind each other, as they do in nearly all messages. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first === undefined) return noBytes;
  let end = first.byteOffset;
  for (const { buffer, byteOffset, byteLength } of parts) {
    if (buffer !== first.buffer || byteOffset !== end) return Buffer.concat(parts);
    end = byteOffset + byteLength;
  }
  return new Uint8Array(first.buffer, first.byteOffset, end - first.byteOffset);
}

function readExemplar(bytes: Uint8Array): DecodedExemplar {
  const reader = new MessageReader(bytes);
  const labels: Uint8Array[] = [];
  const numbers: Uint8Array[] = [];
  while (reader.next()) {
    if (reader.number === 1) labels.push(labelField(reader));
    else {
      reader.skip();
      numbers.push(reader.whole);
    }
  }
  return { labels: joined(labels), numbers: Buffer.concat(numbers) };
}

function readFamily(bytes: Uint8Array): DecodedFamily {
  const reader = new MessageReader(bytes);
  const family = { type: 0, name: '', help: '', unit: '' };
  while (reader.next()) {
    if (reader.number === 1) family.type = reader.uint32();
    else if (reader.number === 2) family.name = reader.text();
    else if (reader.number === 4) family.help = reader.text();
    else if (reader.number === 5) family.unit = reader.text();
    else reader.skip();
  }
  return family;
}
