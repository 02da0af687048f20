import type { HistogramSample } from '../../model/histogram.js';
import { metricNameLabel, sortedLabels } from '../../model/labels.js';
import { staleNanHighWord, staleNanLowWord } from '../../model/sample.js';
import { HistogramEncoder } from '../../outputs/wire/histogram-message.js';
import { field } from '../../outputs/wire/request-parts.js';
import { writeValue } from '../../outputs/wire/v1/write-request.js';
import { writeInt64Varint } from '../../outputs/wire/varint.js';
import type { DecodedExemplar, DecodedPoint } from './decoded-message.js';
import { MessageReader } from './message-reader.js';

const valueTag = 0x09; // Sample.value = 1
const timestampTag = 0x10; // Sample.timestamp = 2
const exemplarValueTag = 0x11; // Exemplar.value = 2
const exemplarTimestampTag = 0x18; // Exemplar.timestamp = 3
const labelTag = 0x0a; // TimeSeries.labels = 1, Exemplar.labels = 1
const nameTag = 0x0a;
const labelValueTag = 0x12;

const sampleTimestamp = 2;
const histogramTimestamp = 15;
const customValues = 16;

const histograms = new HistogramEncoder();
const utf8 = new TextEncoder();

/** A message Sample of somebody else's. */
export function readSample(message: Uint8Array): DecodedPoint {
  const reader = new MessageReader(message);
  let timestampMs = 0;
  while (reader.next()) {
    if (reader.number === 1) reader.double();
    else if (reader.number === sampleTimestamp) timestampMs = reader.int64();
    else reader.skip();
  }
  return { isHistogram: false, message, timestampMs, needsVersion2: false };
}

/** A message Histogram of somebody else's. */
export function readHistogram(message: Uint8Array): DecodedPoint {
  const reader = new MessageReader(message);
  let timestampMs = 0;
  let needsVersion2 = false;
  while (reader.next()) {
    if (reader.number === histogramTimestamp) {
      timestampMs = reader.int64();
      continue;
    }
    if (reader.number === customValues) needsVersion2 = true;
    reader.skip();
  }
  return { isHistogram: true, message, timestampMs, needsVersion2 };
}

export function samplePoint(value: number | 'stale', timestampMs: number): DecodedPoint {
  const message = new Uint8Array(20);
  const view = new DataView(message.buffer);
  message[0] = valueTag;
  if (value === 'stale') {
    view.setUint32(1, staleNanLowWord, true);
    view.setUint32(5, staleNanHighWord, true);
  } else writeValue(view, 1, value);
  message[9] = timestampTag;
  const end = writeInt64Varint(message, 10, timestampMs);
  const needsVersion2 = false;
  return { isHistogram: false, message: message.subarray(0, end), timestampMs, needsVersion2 };
}

export function histogramPoint(histogram: HistogramSample, timestampMs: number): DecodedPoint {
  const message = histograms.encode(histogram, timestampMs).slice();
  const needsVersion2 = histogram.customValues.length > 0;
  return { isHistogram: true, message, timestampMs, needsVersion2 };
}

export function exemplarOf(
  labels: Iterable<readonly [string, string]>,
  value: number,
  timestampMs: number,
): DecodedExemplar {
  const numbers = new Uint8Array(20);
  numbers[0] = exemplarValueTag;
  writeValue(new DataView(numbers.buffer), 1, value);
  numbers[9] = exemplarTimestampTag;
  const end = writeInt64Varint(numbers, 10, timestampMs);
  return { labels: labelFields(labels), numbers: numbers.subarray(0, end) };
}

/** Labels as remote-write 1.0 fields, in the order given. */
export function labelFields(labels: Iterable<readonly [string, string]>): Uint8Array {
  const fields: Uint8Array[] = [];
  for (const [name, value] of labels) {
    const pair = [field(nameTag, utf8.encode(name)), field(labelValueTag, utf8.encode(value))];
    fields.push(field(labelTag, Buffer.concat(pair)));
  }
  return Buffer.concat(fields);
}

/** In the order of the wire; a label without a value is no label. */
export function wireLabels(name: string, labels: Iterable<readonly [string, string]>): Uint8Array {
  const all = new Map([...labels, [metricNameLabel, name] as const]);
  for (const [label, value] of all) if (value === '') all.delete(label);
  return labelFields(sortedLabels(all));
}
