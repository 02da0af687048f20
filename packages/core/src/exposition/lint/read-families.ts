import { viewOf } from '../byte-blocks.js';
import { byteClass, skip } from '../bytes.js';
import { decodeSeries } from '../decode-series.js';
import { lineKind } from '../line-reader.js';
import { locateSeriesError } from '../locate-series-error.js';
import { decodeMetadata } from '../metadata-line.js';
import { ParsedBody } from '../parsed-body.js';
import { unescapeLabel } from '../quoted.js';
import { seriesContext } from '../series-context.js';
import { syntaxError } from '../syntax-error.js';
import { TextReader } from '../text-reader.js';
import type { Family } from './family.js';
import { FamilyTable } from './family-table.js';

/**
 * Reads a text body as promlint does, line by line: the families that have samples.
 *
 * Throws a PromAgentError EXPOSITION_SYNTAX with line and column for what Prometheus refuses, and for
 * what promlint refuses beside: a second HELP or TYPE line of a family, a TYPE line after its samples,
 * `le` of a histogram or `quantile` of a summary that is no number.
 */
export function readFamilies(body: Uint8Array): Family[] {
  const families = new FamilyTable();
  const reader = new TextReader();
  const value = new ParsedBody();
  const view = viewOf(body);
  let start = 0;
  while (start < body.length) {
    const kind = reader.read(body, view, start, body.length);
    if (kind === lineKind.end) break;
    if (kind === lineKind.blank) {
      start = reader.end;
    } else if (kind === lineKind.comment) {
      readComment(families, body, start, reader.end);
      start = reader.end + 1;
    } else {
      const next = reader.readValue(body, view, reader.end, body.length, value, 0);
      if (next < 0) throw syntaxError(body, body.length, valueAt(body, reader.end), 'a value');
      readSeries(families, body, start, reader.end);
      start = next;
    }
  }
  return families.withSamples();
}

const help = /^[ \t]*#[ \t]+HELP[ \t]/;

function readComment(families: FamilyTable, body: Uint8Array, start: number, end: number): void {
  const line = body.subarray(start, end);
  for (const [written, metadata] of decodeMetadata([line], 'text')) {
    const name = unescapeLabel(written);
    const isHelp = help.test(new TextDecoder().decode(line.subarray(0, 40)));
    const isTaken = isHelp ? families.addHelp(name, metadata) : families.addType(name, metadata);
    if (isTaken) continue;
    const expected = isHelp
      ? `no second HELP line for metric name ${JSON.stringify(name)}`
      : `no second TYPE line for metric name ${JSON.stringify(name)}, and none after its samples`;
    throw syntaxError(body, body.length, skip(body, start, end, byteClass.blank), expected);
  }
}

function readSeries(families: FamilyTable, body: Uint8Array, start: number, end: number): void {
  const position = skip(body, start, end, byteClass.blank);
  let labels: [string, string][];
  try {
    labels = decodeSeries(body.subarray(start, end), seriesContext.plain);
  } catch (error) {
    throw locateSeriesError(error, body, position);
  }
  const bad = families.addSample(labels);
  if (bad !== undefined) {
    throw syntaxError(body, body.length, position, `a number as value of label "${bad}"`);
  }
}

function valueAt(body: Uint8Array, seriesEnd: number): number {
  return skip(body, seriesEnd, body.length, byteClass.blank);
}
