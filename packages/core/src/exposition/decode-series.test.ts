import { describe, expect, it } from 'vitest';
import { decodeSeries } from './decode-series.js';
import { type SeriesContext, seriesContext } from './series-context.js';

function decode(text: string | Uint8Array, context: SeriesContext = 0): [string, string][] {
  return decodeSeries(Buffer.from(text), context);
}

describe('decodeSeries', () => {
  it.each([
    ['a', [['__name__', 'a']]],
    ['a{}', [['__name__', 'a']]],
    ['a:b{ }', [['__name__', 'a:b']]],
    [
      'a{z="1",b="2"}',
      [
        ['__name__', 'a'],
        ['z', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a { b = "c" , }',
      [
        ['__name__', 'a'],
        ['b', 'c'],
      ],
    ],
    [
      'a{b="c"d="e"}',
      [
        ['__name__', 'a'],
        ['b', 'c'],
        ['d', 'e'],
      ],
    ],
    [
      'a{b=""}',
      [
        ['__name__', 'a'],
        ['b', ''],
      ],
    ],
    [
      '{"my.metric","label.x"="y"}',
      [
        ['__name__', 'my.metric'],
        ['label.x', 'y'],
      ],
    ],
    [
      '{b="c","my.metric"}',
      [
        ['__name__', 'my.metric'],
        ['b', 'c'],
      ],
    ],
    ['  {"a"}', [['__name__', 'a']]],
    // Prometheus' text parser takes a bare name from the start of the line.
    [' a', [['__name__', ' a']]],
    [
      '\ta{b="c"}',
      [
        ['__name__', '\ta'],
        ['b', 'c'],
      ],
    ],
    [
      'a{b="\\"\\\\\\n\\t"}',
      [
        ['__name__', 'a'],
        ['b', '"\\\n\\t'],
      ],
    ],
    [
      'a{b="\\\\n"}',
      [
        ['__name__', 'a'],
        ['b', '\\n'],
      ],
    ],
    [
      '{"a\\"b","c\\\\"="d"}',
      [
        ['__name__', 'a"b'],
        ['c\\', 'd'],
      ],
    ],
    [
      'a{b="x\ny,}{"}',
      [
        ['__name__', 'a'],
        ['b', 'x\ny,}{'],
      ],
    ],
    [
      'a{b="\0x\0"}',
      [
        ['__name__', 'a'],
        ['b', '\0x\0'],
      ],
    ],
    [
      'a{b="\uFEFF日本😀"}',
      [
        ['__name__', 'a'],
        ['b', '\uFEFF日本😀'],
      ],
    ],
  ])('%j', (text, labels) => {
    expect(decode(text)).toEqual(labels);
  });

  it.each([
    ['a{le="1"}', seriesContext.histogram, '1.0'],
    ['a{le="1048576"}', seriesContext.histogram, '1.048576e+06'],
    ['a{le="+INF"}', seriesContext.histogram, '+Inf'],
    ['a{le="bla"}', seriesContext.histogram, 'bla'],
    ['a{le=""}', seriesContext.histogram, ''],
    ['a{quantile="1"}', seriesContext.histogram, '1'],
    ['a{quantile="0.50"}', seriesContext.summary, '0.5'],
    ['a{le="1"}', seriesContext.summary, '1'],
    ['a{le="1"}', seriesContext.plain, '1'],
  ])('%s in context %i: %s', (text, context, value) => {
    expect(decode(text, context)[1]?.[1]).toBe(value);
  });

  it.each([
    ['a label twice', 'a{b="c",b="c"}'],
    ['__name__ as a label too', 'a{__name__="b"}'],
    ['an empty metric name', '{""}'],
    ['an empty label name', 'a{""="x"}'],
    ['a metric name that is not UTF-8', Buffer.from('{"\xff"}', 'latin1')],
    ['a label name that is not UTF-8', Buffer.from('a{"\xff"="x"}', 'latin1')],
  ])('refuses %s', (_what, text) => {
    expect(() => decode(text)).toThrow(expect.objectContaining({ code: 'EXPOSITION_SYNTAX' }));
  });

  it('NUL in names, which only protobuf can bring, made it loop', () => {
    expect(decode('{"a\0","b\0"="c"}')).toEqual([
      ['__name__', 'a\0'],
      ['b\0', 'c'],
    ]);
    expect(() => decode('a{\0}')).toThrow('a label name');
  });

  it('takes a million labels in one go', { timeout: 60_000 }, () => {
    const labels = Array.from({ length: 1_000_000 }, (_, i) => `l${i}="v"`);
    expect(decode(`a{${labels.join(',')}}`).length).toBe(1_000_001);
  });
});
