import { typeNumbers } from '../../outputs/wire/type-numbers.js';
import {
  type DecodedExemplar,
  type DecodedMessage,
  type DecodedMetadata,
  type DecodedPoint,
  type DecodedSeries,
  MalformedMessage,
} from './decoded-message.js';
import { textOf } from './message-reader.js';
import { exemplarOf, histogramPoint, samplePoint, wireLabels } from './point.js';
import { readJsonHistogram } from './read-json-histogram.js';

type Fields = Readonly<Record<string, unknown>>;

/** JSON lines; a sample without a timestamp gets the message's, which is the scrape's. */
export function decodeJsonl(value: Uint8Array, messageMs: number): DecodedMessage {
  const series: DecodedSeries[] = [];
  for (const [i, line] of textOf(value).split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      series.push(readLine(line, messageMs));
    } catch (error) {
      const why = error instanceof MalformedMessage ? error.message : 'it is not JSON';
      throw new MalformedMessage(`line ${i + 1}: ${why}`);
    }
  }
  return { series, families: [] };
}

/** `{"timestamp":…,"histogram":{…}}` */
export function readJsonHistogramLine(line: string): DecodedPoint {
  let fields: Fields;
  try {
    fields = fieldsOf(JSON.parse(line), 'an object');
  } catch {
    throw new MalformedMessage('a native histogram is not JSON');
  }
  return pointOf(fields, timestampOf(fields, Number.NaN));
}

function readLine(line: string, messageMs: number): DecodedSeries {
  const fields = fieldsOf(JSON.parse(line), 'an object');
  const timestampMs = timestampOf(fields, messageMs);
  return {
    labels: wireLabels(textField(fields, 'name'), labelsOf(fields['labels'])),
    points: [pointOf(fields, timestampMs)],
    exemplars: exemplarsOf(fields['exemplar'], timestampMs),
    metadata: metadataOf(fields),
    createdMs: undefined,
  };
}

function pointOf(fields: Fields, timestampMs: number): DecodedPoint {
  if (fields['stale'] === true) return samplePoint('stale', timestampMs);
  const histogram = fields['histogram'];
  if (histogram === undefined) return samplePoint(numberOf(fields['value'], 'value'), timestampMs);
  return histogramPoint(readJsonHistogram(fieldsOf(histogram, 'histogram')), timestampMs);
}

function exemplarsOf(written: unknown, timestampMs: number): DecodedExemplar[] {
  if (written === undefined) return [];
  const fields = fieldsOf(written, 'exemplar');
  const value = numberOf(fields['value'], 'exemplar.value');
  return [exemplarOf(labelsOf(fields['labels']), value, timestampOf(fields, timestampMs))];
}

function metadataOf(fields: Fields): DecodedMetadata | undefined {
  const type = fields['type'];
  if (type === undefined) return undefined;
  const number = Object.entries(typeNumbers).find(([name]) => name === type)?.[1];
  if (number === undefined) throw new MalformedMessage('type is none of Prometheus');
  return { type: number, help: textField(fields, 'help'), unit: textField(fields, 'unit') };
}

function labelsOf(written: unknown): [string, string][] {
  return Object.entries(fieldsOf(written ?? {}, 'labels')).map(([name, value]) => {
    if (typeof value === 'string') return [name, value];
    throw new MalformedMessage(`the label ${name} is not text`);
  });
}

function timestampOf(fields: Fields, otherwise: number): number {
  const written = fields['timestamp'] ?? otherwise;
  if (Number.isSafeInteger(written)) return written as number;
  throw new MalformedMessage('timestamp is not in whole milliseconds');
}

/** JSON has no numbers for what is not finite. */
function numberOf(written: unknown, name: string): number {
  if (typeof written === 'number') return written;
  if (written === 'NaN') return Number.NaN;
  if (written === '+Inf') return Number.POSITIVE_INFINITY;
  if (written === '-Inf') return Number.NEGATIVE_INFINITY;
  throw new MalformedMessage(`${name} is no number`);
}

function fieldsOf(written: unknown, name: string): Fields {
  if (typeof written === 'object' && written !== null) return written as Fields;
  throw new MalformedMessage(`expected ${name}`);
}

function textField(fields: Fields, name: string): string {
  const written = fields[name] ?? '';
  if (typeof written === 'string') return written;
  throw new MalformedMessage(`${name} is not text`);
}
