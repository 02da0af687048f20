import { messageOf } from '../../errors.js';
import { type ExposedSample, readSamples } from '../../exposition/read-samples.js';
import type { Metadata } from '../../model/metadata.js';
import { typeNumbers } from '../../outputs/wire/type-numbers.js';
import { readJsonHistogramLine } from './decode-jsonl.js';
import {
  type DecodedMessage,
  type DecodedMetadata,
  type DecodedPoint,
  type DecodedSeries,
  MalformedMessage,
} from './decoded-message.js';
import { samplePoint, wireLabels } from './point.js';

/** What the text format has no word for stands in comments (kafka_write's format `text`). */
const markerComment = '# stale ';
const histogramComment = '# native_histogram ';

/** An exposition; a sample without a timestamp gets the message's, which is the scrape's. */
export function decodeText(value: Uint8Array, messageMs: number): DecodedMessage {
  const series: DecodedSeries[] = [];
  for (const sample of samplesOf(value)) {
    const point = samplePoint(sample.value, sample.timestampMs ?? messageMs);
    series.push(seriesOf(sample, point));
  }
  for (const comment of commentsOf(value, markerComment)) series.push(marker(comment));
  for (const comment of commentsOf(value, histogramComment)) series.push(histogram(comment));
  return { series, families: [] };
}

/** `name{labels} timestamp` */
function marker(comment: string): DecodedSeries {
  const sample = onlySample(comment);
  return seriesOf(sample, samplePoint('stale', sample.value));
}

/** `name{labels} {"timestamp":…,"histogram":{…}}`; in label values the quotes would be escaped. */
function histogram(comment: string): DecodedSeries {
  const at = comment.indexOf(' {"timestamp":');
  if (at < 0) throw new MalformedMessage(`a comment is no native histogram: ${comment}`);
  const point = readJsonHistogramLine(comment.slice(at + 1));
  return seriesOf(onlySample(`${comment.slice(0, at)} 0`), point);
}

function onlySample(line: string): ExposedSample {
  const [sample] = samplesOf(Buffer.from(`${line}\n`));
  if (sample === undefined) throw new MalformedMessage(`a comment says nothing: ${line}`);
  return sample;
}

function samplesOf(body: Uint8Array): Iterable<ExposedSample> {
  try {
    return readSamples(body, 'text');
  } catch (error) {
    throw new MalformedMessage(messageOf(error));
  }
}

/** The rest of each line that begins with the words. */
function* commentsOf(value: Uint8Array, words: string): Generator<string> {
  const body = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  for (let at = body.indexOf(words); at >= 0; ) {
    const lineEnd = body.indexOf(10, at);
    const end = lineEnd < 0 ? body.length : lineEnd;
    if (at === 0 || body[at - 1] === 10) yield body.toString('utf8', at + words.length, end);
    at = body.indexOf(words, end);
  }
}

function seriesOf({ name, labels, metadata }: ExposedSample, point: DecodedPoint): DecodedSeries {
  return {
    labels: wireLabels(name, labels),
    points: [point],
    exemplars: [],
    metadata: metadata && wireMetadata(metadata),
    createdMs: undefined,
  };
}

function wireMetadata({ type, help, unit }: Metadata): DecodedMetadata {
  return { type: typeNumbers[type], help, unit };
}
