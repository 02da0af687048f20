import { describe, expect, it } from 'vitest';
import { lintMetrics } from './lint-metrics.js';

const lint = (text: string) => lintMetrics(new TextEncoder().encode(text));

/** A gauge with help that nothing else is wrong with. */
const gauge = (name: string, labels = '') =>
  `# HELP ${name} h\n# TYPE ${name} gauge\n${name}${labels} 1\n`;
const counter = (name: string) => gauge(name).replace('gauge', 'counter');

describe('problems', () => {
  it.each([
    ['nothing', '', []],
    ['a family without samples', '# TYPE a_total gauge\n', []],
    ['help after the samples', 'a 1\n# HELP a h\n', []],
    ['an empty help', '# HELP a\na 1\n', ['a no help text']],
    [
      'the first unit of a name',
      gauge('a_kilobits_days'),
      ['a_kilobits_days use base unit "bytes" instead of "kilobits"'],
    ],
    ['a word that ends like a unit', gauge('thermometers'), []],
    [
      'a counter of time stamps',
      counter('a_timestamp_seconds_total').replaceAll('_total', ''),
      [
        'a_timestamp_seconds counter metrics should have "_total" suffix',
        'a_timestamp_seconds non-gauge metrics should not have "_timestamp_seconds" suffix',
      ],
    ],
    [
      'a problem of several labels: as often',
      gauge('a', '{fooBar="1",barFoo="2"}'),
      [
        "a label names should be written in 'snake_case' not 'camelCase'",
        "a label names should be written in 'snake_case' not 'camelCase'",
      ],
    ],
    [
      'the same labels three times',
      `${gauge('a')}a 1\na 1\n`,
      ['a metric not unique', 'a metric not unique'],
    ],
    ['the same labels in another order', `${gauge('a', '{x="1",y="2"}')}a{y="2",x="1"} 2\n`, []],
    ['two abbreviations', gauge('a_s_MS'), Array(2).fill(abbreviated('a_s_MS'))],
    [
      'a total of no counter, by name and text',
      gauge('b_total') + gauge('a_gauge'),
      [
        "a_gauge metric name should not include type 'gauge'",
        'b_total non-counter metrics should not have "_total" suffix',
      ],
    ],
    [
      'UTF-8 names',
      '# HELP "é\\"x" h\n{"é\\"x","fooBar"="1"} 1\n',
      [`é"x label names should be written in 'snake_case' not 'camelCase'`],
    ],
    [
      'samples of a summary',
      '# HELP a h\n# TYPE a summary\na{quantile="0.5"} 1\na_sum 1\na_count 1\n',
      [],
    ],
  ])('of %s', (_what, text, problems) => {
    expect(lint(text).problems.map(({ metric, text }) => `${metric} ${text}`)).toEqual(problems);
  });
});

function abbreviated(name: string): string {
  return `${name} metric names should not contain abbreviated units`;
}

describe('cardinality', () => {
  it('counts a histogram as its metrics times the buckets of the first, sum and count', () => {
    const { cardinality } = lint(
      '# TYPE h histogram\nh_bucket{a="1",le="1"} 1\nh_bucket{le="+Inf",a="1"} 1\nh_sum{a="1"} 1\n' +
        'h_count{a="1"} 1\nh_bucket{a="2",le="1"} 1\n# TYPE s summary\ns_sum 1\nb 1\na 1\na{x="1"} 1\n',
    );
    expect(cardinality).toEqual([
      { metric: 'h', seriesCount: 8 },
      { metric: 'a', seriesCount: 2 },
      { metric: 's', seriesCount: 2 },
      { metric: 'b', seriesCount: 1 },
    ]);
  });

  it('takes a histogram for its own although its name ends like a count', () => {
    const body = '# TYPE x_count histogram\nx_count{le="1"} 1\nx_count_bucket{le="2"} 1\n';
    expect(lint(body).cardinality).toEqual([{ metric: 'x_count', seriesCount: 4 }]);
  });
});

describe('a bad body', () => {
  it.each([
    ['a b\n', 1, 3, 'a value'],
    ['a{x="1"} {\n', 1, 10, 'a value'],
    ['a 1\nb{x="1",x="2"} 1\n', 2, 1, 'label "x" only once'],
    ['# HELP a b\n# HELP a c\n', 2, 1, 'no second HELP line for metric name "a"'],
    [
      '# TYPE a gauge\n # TYPE a gauge\n',
      2,
      2,
      'no second TYPE line for metric name "a", and none after its samples',
    ],
    [
      'a 1\n# TYPE a gauge\n',
      2,
      1,
      'no second TYPE line for metric name "a", and none after its samples',
    ],
    ['# TYPE h histogram\nh_bucket{le="x"} 1\n', 2, 1, 'a number as value of label "le"'],
    ['# TYPE s summary\ns{quantile="1_0"} 1\n', 2, 1, 'a number as value of label "quantile"'],
  ])('%j', (text, line, column, expected) => {
    expect(() => lint(text)).toThrow(
      expect.objectContaining({ code: 'EXPOSITION_SYNTAX', data: { line, column, expected } }),
    );
  });
});
