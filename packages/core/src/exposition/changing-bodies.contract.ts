import fc from 'fast-check';
import { PromAgentError } from '../errors.js';
import type { BodyParser, TextFormat } from './body-parser.js';
import { decodeExemplarLabels } from './decode-exemplar.js';
import type { ParsedBody } from './parsed-body.js';
import type { SeriesKeys } from './series-keys.js';

// Bodies that come of one another, good and bad, and what a parse says of one: for tests.

/** Everything a parse says, in a form that compares, whatever slots the series have. */
export function outcome(
  parser: BodyParser,
  keys: SeriesKeys,
  out: ParsedBody,
  format: TextFormat,
  body: Uint8Array,
  parse = () => parser.parse(format, body, body.length, out),
): unknown {
  try {
    parse();
  } catch (error) {
    return PromAgentError.is(error) ? error.message : error;
  }
  const samples = Array.from(out.slots.subarray(0, out.count), (slot, i) => [
    Buffer.from(keys.key(slot)).toString('latin1'),
    keys.contextOf(slot),
    out.values[i],
    out.timestampsMs[i],
  ]);
  const exemplars = Array.from(out.exemplarSamples.subarray(0, out.exemplarCount), (sample, i) => [
    sample,
    decodeExemplarLabels(body.subarray(out.exemplarStarts[i], out.exemplarEnds[i]), format),
    out.exemplarValues[i],
    out.exemplarTimestampsMs[i],
  ]);
  return [samples, exemplars, out.hasTimestamps, [...parser.metadata]];
}

const series = fc.constantFrom(
  'a',
  'ab',
  'a{b="1"}',
  'a{b="2"}',
  'a {b="1"}',
  ' a',
  'h_bucket{le="1"}',
  'h_bucket{le="+Inf"}',
  'h_sum',
  '{"a.b","c"="d"}',
  '{"a.b"}',
  'long_metric_name{label="a value that is quite long",other="1"}',
  'long_metric_name{label="a value that is quite long",other="2"}',
  'a{b="x\ny"}',
  'a{b="\0"}',
);
const number = fc.oneof(
  fc.constantFrom('0', '1', '-1.5', '1e3', 'NaN', '+Inf', '0.1234567890123456789', '5.', '1x', ''),
  fc.double().map(String),
);
const timestamp = fc.constantFrom('', '', '', ' 1000', ' 1.5', ' -1', ' x');
const exemplar = fc.constantFrom('', '', '', '', ' # {b="c"} 1', ' # {} 1 2', ' # {b="c"}');
const blank = fc.constantFrom(' ', ' ', ' ', ' ', '  ', '\t', '');
const sampleLine = fc.tuple(series, blank, number, timestamp, exemplar).map((all) => all.join(''));
const commentLine = fc.constantFrom(
  '',
  '# TYPE h histogram',
  '# TYPE h summary',
  '# TYPE h gauge',
  '# TYPE a gauge',
  '# HELP a A.',
  '# HELP a B.',
  '# UNIT a_s s',
  '# EOF',
  '# a comment',
  '#\0',
  '\0',
);
const line = fc.oneof({ weight: 4, arbitrary: sampleLine }, { weight: 2, arbitrary: commentLine });
export const goodLine = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(series, fc.double().map(String)).map((all) => all.join(' ')) },
  { weight: 2, arbitrary: fc.constantFrom('# TYPE h histogram', '# TYPE h gauge', '# HELP a A.') },
);

/** A body that came of another: lines that went, came, changed their number or their place. */
type Change = (lines: string[]) => string[];
const nextValues = fc
  .constantFrom('7', '12', '1.5e+07', '-0.25', '123456.789', '0.12345678901234567', 'NaN', '1 2')
  .map(
    (value): Change =>
      (lines) =>
        lines.map((one) => (one.startsWith('#') ? one : one.replace(/ [-+.\w]+$/, ` ${value}`))),
  );
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 5, arbitrary: nextValues },
  fc.nat().map(
    (at): Change =>
      (lines) =>
        lines.filter((_, i) => i !== at % lines.length),
  ),
  fc.tuple(fc.nat(), line).map(
    ([at, one]): Change =>
      (lines) =>
        lines.toSpliced(at % (lines.length + 1), 0, one),
  ),
  fc.tuple(fc.nat(), fc.nat()).map(
    ([from, to]): Change =>
      (lines) => {
        const moved = lines.slice(from % (lines.length + 1));
        return [...moved, ...lines.slice(0, from % (lines.length + 1))].slice(to % 2);
      },
  ),
  fc.array(goodLine, { maxLength: 12 }).map(
    (lines): Change =>
      () =>
        lines,
  ),
  fc.array(line, { maxLength: 12 }).map(
    (lines): Change =>
      () =>
        lines,
  ),
);
export const step = fc.record({
  change,
  end: fc.constantFrom('\n', '\n', '\n', '', '\r\n'),
  format: fc.constantFrom<TextFormat>('text', 'text', 'text', 'openmetrics'),
  removed: fc.option(fc.nat(), { nil: undefined }),
  offset: fc.nat(3),
});

/** The body of a step after `lines`; it may begin anywhere in its buffer. */
export function bodyOf(lines: string[], format: TextFormat, end: string, offset: number): Buffer {
  const eof = format === 'openmetrics' ? '\n# EOF' : '';
  const text = lines.length === 0 ? eof.trim() : lines.join('\n') + eof + end;
  return Buffer.from('x'.repeat(offset) + text).subarray(offset);
}
