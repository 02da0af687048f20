import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExposition } from '../../exposition/parse-exposition.js';
import { readPushText } from './read-push-text.js';

const groupLabels = { job: 'j', instance: 'i' };

function read(text: string) {
  const { bytes, wrongLines, ...counts } = readPushText(Buffer.from(text), { groupLabels });
  const wrong = wrongLines.map(({ line, reason }) => `${line}: ${reason}`);
  return { ...counts, wrong, text: Buffer.from(bytes).toString() };
}

describe('what is right comes out, family by family', () => {
  test.each([
    ['bare lines', 'up 1\ndown 0\n', 'up 1\ndown 0\n'],
    ['without the last newline', 'up 1', 'up 1\n'],
    ['CRLF', '# TYPE a gauge\r\na 1\r\n', '# TYPE a gauge\na 1\n'],
    ['blanks before, between and behind', '  a{b = "1", }   2  \n\n', 'a{b="1"} 2\n'],
    ['a timestamp is left out', 'a 1 1700000000000\n', 'a 1\n'],
    ['comments are left out', '# hello\n#TYPE a gauge\na 1\n', 'a 1\n'],
    ['help and type without samples are left out', '# HELP a b\n# TYPE a gauge\n', ''],
    [
      'families that were printed in turns',
      '# TYPE a gauge\na{x="1"} 1\nb 2\na{x="2"} 3\n',
      '# TYPE a gauge\na{x="1"} 1\na{x="2"} 3\nb 2\n',
    ],
    [
      'a histogram',
      '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n',
      '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n',
    ],
    ['values', 'a +1\nb 1e3\nc NaN\nd -inf\ne 0x\n', 'a 1\nb 1000\nc NaN\nd -Inf\n'],
    ['escapes', 'a{b="\\\\ \\" \\n"} 1\n', 'a{b="\\\\ \\" \\n"} 1\n'],
    ['UTF-8 names', '{"a.b","c d"="é"} 1\n', '{"a.b","c d"="é"} 1\n'],
    ['an empty label is none', 'a{b=""} 1\n', 'a 1\n'],
    ['a label that the group has too, with its value', 'a{job="j"} 1\n', 'a 1\n'],
    ['labels by name', 'a{c="1",b="2"} 1\n', 'a{b="2",c="1"} 1\n'],
    ['untyped is said by nothing', '# TYPE a untyped\na 1\n', 'a 1\n'],
    ['help is escaped again', '# HELP a b\\nc\na 1\n', '# HELP a b\\nc\na 1\n'],
  ])('%s', (_name, text, expected) => {
    expect(read(text).text).toBe(expected);
  });
});

describe('what is wrong is told by line', () => {
  test.each([
    ['no value', 'a\n', '1: expected a value, got the end of the body'],
    ['no number', 'a b\n', '1: expected a value, got "b"'],
    ['a hexadecimal one', 'a 0x10\n', '1: expected a value, got "0x10"'],
    ['words', 'a 1\nconnection refused\n', '2: expected a value, got "refused"'],
    ['no name', '1 2\n', '1: expected a metric name, { or #, got "1 2"'],
    [
      'an exemplar',
      'a 1 # {t="1"} 1\n',
      '1: expected a timestamp or the end of the line, got "# {t=\\"1\\"} 1"',
    ],
    [
      'a label twice',
      'a{b="1",b="2"} 1\n',
      '1: series a{b="1",b="2"}: expected label "b" only once',
    ],
    ['the same series', 'a{b="1",c="2"} 1\na{c="2",b="1"} 2\n', onlyOnce(2, 1)],
    ['the same series but for the group', 'a{job="j"} 1\na 2\n', onlyOnce(2, 1)],
    [
      'a label of the group with another value',
      'a{instance="x"} 1\n',
      '1: expected no label instance: the gateway makes it "i", as in all of the group',
    ],
    [
      'a type too late',
      'a 1\n# TYPE a gauge\n',
      '2: expected the TYPE line of a before its first sample',
    ],
    ['two types', '# TYPE a gauge\n# TYPE a counter\n', '2: expected no second TYPE line for a'],
    ['two helps', '# HELP a b\n# HELP a b\n', '2: expected no second HELP line for a'],
    [
      'an unknown type',
      '# TYPE a gague\n',
      '1: expected one of counter, gauge, histogram, summary, untyped, and nothing after it, got "gague"',
    ],
    [
      'a bucket without a bound',
      '# TYPE h histogram\nh_bucket 1\n',
      '2: expected a number as value of label le, for h is a histogram',
    ],
    [
      'a histogram with a plain value',
      '# TYPE h histogram\nh 1\n',
      '2: expected h_bucket, h_sum or h_count, for h is a histogram',
    ],
    [
      'a quantile that is none',
      '# TYPE s summary\ns{quantile="half"} 1\n',
      '2: expected a number as value of label quantile, for s is a summary',
    ],
    [
      'a name of the gateway',
      'push_time_seconds 1\n',
      '1: expected another name: the gateway itself makes push_time_seconds',
    ],
    ['a NUL', 'a 1\n\0\n', '2: expected no NUL byte'],
  ])('%s', (_name, text, expected) => {
    expect(read(text).wrong).toEqual([expected]);
  });

  test('a name that prom-agent pushes itself', () => {
    const { wrongLines } = readPushText(Buffer.from('script_success 1\n'), {
      groupLabels,
      takenNames: new Set(['script_success']),
    });
    expect(wrongLines).toEqual([
      { line: 1, reason: 'expected another name: prom-agent itself pushes script_success' },
    ]);
  });

  test('bytes that are not UTF-8', () => {
    const { wrongLines } = readPushText(Buffer.from('a{b="\xff"} 1\n', 'latin1'), { groupLabels });
    expect(wrongLines).toMatchObject([{ line: 1 }]);
  });

  test('a hundred of them are kept, all are counted', () => {
    const { wrong, wrongLineCount, samples } = read(`${'?\n'.repeat(50_000)}a 1\n`);
    expect(wrong).toHaveLength(100);
    expect(wrongLineCount).toBe(50_000);
    expect(samples).toBe(1);
  });
});

function onlyOnce(line: number, first: number): string {
  return `${line}: expected this series only once, line ${first} has it too`;
}

test('samples and timestamps are counted', () => {
  expect(read('a 1\nb 2 3\nc\n')).toMatchObject({ samples: 2, timestamps: 1, wrongLineCount: 1 });
});

test('whatever was printed: what comes out is right, and stays as it is', () => {
  const word = fc.constantFrom(
    'a',
    'b_count',
    'h',
    'h_bucket',
    '{',
    '}',
    '=',
    '"',
    ',',
    '1',
    '0.5',
    'NaN',
    'le',
    ' ',
    '\n',
    '# TYPE ',
    '# HELP ',
    'histogram',
    'summary',
    'quantile="1"',
    '{le="1"} ',
    '\\',
    '\r',
    '\0',
    'é',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      const { text, samples } = read(words.join(''));
      const again = read(text);
      expect(again).toEqual({ text, samples, wrong: [], wrongLineCount: 0, timestamps: 0 });
      expect(parseExposition(Buffer.from(text), 'text')).toHaveLength(samples);
    }),
    { numRuns: 500 },
  );
});
