import { messageOf } from '../../errors.js';
import { type ExposedSample, readSamples } from '../../exposition/read-samples.js';
import { metricNameLabel, sortedLabels } from '../../model/labels.js';
import type { Metadata } from '../../model/metadata.js';
import { typeNumbers } from '../../outputs/remote-write/wire/type-numbers.js';
import {
  type DecodedMessage,
  type DecodedMetadata,
  type DecodedSeries,
  MalformedMessage,
} from './decoded-message.js';
import { exemplarOf, histogramPoint, labelFields, samplePoint } from './point.js';

/** An exposition; a sample without a timestamp gets the message's, which is the scrape's. */
export function decodeText(value: Uint8Array, messageMs: number): DecodedMessage {
  let samples: Iterable<ExposedSample>;
  try {
    samples = readSamples(value, 'text');
  } catch (error) {
    throw new MalformedMessage(messageOf(error));
  }
  const series: DecodedSeries[] = [];
  for (const sample of samples) series.push(seriesOf(sample, messageMs));
  return { series, families: [] };
}

function seriesOf(sample: ExposedSample, messageMs: number): DecodedSeries {
  const { name, labels, value, timestampMs = messageMs, histogram, exemplar } = sample;
  const point =
    histogram === undefined
      ? samplePoint(value, timestampMs)
      : histogramPoint(histogram, timestampMs);
  return {
    labels: wireLabels(name, labels),
    points: [point],
    exemplars:
      exemplar === undefined
        ? []
        : [
            exemplarOf(
              Object.entries(exemplar.labels),
              exemplar.value,
              exemplar.timestampMs ?? timestampMs,
            ),
          ],
    metadata: sample.metadata && wireMetadata(sample.metadata),
    createdMs: undefined,
  };
}

/** In the order of the wire; a label without a value is no label. */
export function wireLabels(name: string, labels: Iterable<readonly [string, string]>): Uint8Array {
  const all = new Map([...labels, [metricNameLabel, name] as const]);
  for (const [label, value] of all) if (value === '') all.delete(label);
  return labelFields(sortedLabels(all));
}

export function wireMetadata({ type, help, unit }: Metadata): DecodedMetadata {
  return { type: typeNumbers[type], help, unit };
}
