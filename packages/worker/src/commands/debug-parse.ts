import {
  type ExposedSample,
  formatOf,
  PromAgentError,
  readSamples,
} from '@prom-agent/core/exposition';
import { jsonHistogram } from './json-histogram.js';
import { readStdin } from './read-stdin.js';
import { writeLines } from './write-lines.js';

/** The Content-Type names no format that can be parsed; the message is for an operator. */
export class ContentTypeError extends Error {
  override readonly name = 'ContentTypeError';
}

/**
 * `prom-agent debug parse`: prints a JSON object for each sample of the body on the standard input.
 * Resolves with the exit code; throws a ContentTypeError before it reads.
 */
export async function debugParse(contentType: string): Promise<number> {
  const format = formatOf(contentType, undefined);
  if (format === undefined) {
    throw new ContentTypeError(
      `'${contentType}' names no format of Prometheus: expected text/plain, application/openmetrics-text or application/vnd.google.protobuf`,
    );
  }
  const body = await readStdin();
  try {
    await writeLines(jsonLines(readSamples(body, format)), process.stdout);
    return 0;
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function* jsonLines(samples: Iterable<ExposedSample>): Generator<string> {
  for (const sample of samples) yield jsonLine(sample);
}

// Put together by hand: the fields are numbers that JSON.stringify would not write as they are.
function jsonLine(sample: ExposedSample): string {
  const { exemplar, histogram } = sample;
  const labels = JSON.stringify(Object.fromEntries(sample.labels));
  const value = histogram === undefined ? `,"value":${jsonNumber(sample.value)}` : '';
  return (
    `{"name":${JSON.stringify(sample.name)},"labels":${labels}${value}` +
    `${timestampField(sample.timestampMs)}${metadataFields(sample.metadata)}` +
    `${exemplar === undefined ? '' : `,"exemplar":${jsonExemplar(exemplar)}`}` +
    `${histogram === undefined ? '' : `,"histogram":${jsonHistogram(histogram)}`}}`
  );
}

function metadataFields(metadata: ExposedSample['metadata']): string {
  if (metadata === undefined) return '';
  const { type, unit, help } = metadata;
  return `,"type":"${type}"${textField('unit', unit)}${textField('help', help)}`;
}

function jsonExemplar({ labels, value, timestampMs }: NonNullable<ExposedSample['exemplar']>) {
  const timestamp = timestampField(timestampMs);
  return `{"labels":${JSON.stringify(labels)},"value":${jsonNumber(value)}${timestamp}}`;
}

function timestampField(timestampMs: number | undefined): string {
  return timestampMs === undefined ? '' : `,"timestamp":${timestampMs}`;
}

function textField(name: string, text: string): string {
  return text === '' ? '' : `,"${name}":${JSON.stringify(text)}`;
}

/** JSON has no word for the values that are not finite, and JSON.stringify drops the sign of -0. */
function jsonNumber(value: number): string {
  if (Number.isNaN(value)) return '"NaN"';
  if (!Number.isFinite(value)) return value > 0 ? '"+Inf"' : '"-Inf"';
  return Object.is(value, -0) ? '-0' : String(value);
}
