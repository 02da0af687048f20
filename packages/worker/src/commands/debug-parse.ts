import { PromAgentError } from '@prom-agent/core';
import { type ExposedSample, formatOf, readSamples } from '@prom-agent/core/exposition';
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

function jsonLine({ name, labels, value, timestampMs, metadata, exemplar }: ExposedSample): string {
  return jsonObject({
    name: JSON.stringify(name),
    labels: JSON.stringify(Object.fromEntries(labels)),
    value: jsonNumber(value),
    timestamp: timestampMs === undefined ? undefined : jsonNumber(timestampMs),
    type: metadata && JSON.stringify(metadata.type),
    unit: jsonText(metadata?.unit),
    help: jsonText(metadata?.help),
    exemplar: exemplar && jsonExemplar(exemplar),
  });
}

function jsonExemplar({ labels, value, timestampMs }: NonNullable<ExposedSample['exemplar']>) {
  return jsonObject({
    labels: JSON.stringify(labels),
    value: jsonNumber(value),
    timestamp: timestampMs === undefined ? undefined : jsonNumber(timestampMs),
  });
}

/** An object of fields that are JSON already, without the undefined ones. */
function jsonObject(fields: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(fields).filter(([, json]) => json !== undefined);
  return `{${pairs.map(([field, json]) => `"${field}":${json}`).join(',')}}`;
}

function jsonText(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : JSON.stringify(text);
}

/** JSON has no word for the values that are not finite, and JSON.stringify drops the sign of -0. */
function jsonNumber(value: number): string {
  if (Number.isNaN(value)) return '"NaN"';
  if (!Number.isFinite(value)) return value > 0 ? '"+Inf"' : '"-Inf"';
  return Object.is(value, -0) ? '-0' : String(value);
}
