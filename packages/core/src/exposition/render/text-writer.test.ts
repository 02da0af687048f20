import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { LabelPair, MetricFamily } from '../../model/metric-family.js';
import type { EscapingScheme } from '../content-type.js';
import { parseExposition } from '../parse-exposition.js';
import { ByteSink } from './byte-sink.js';
import { familySteps, renderExposition } from './exposition-writer.js';
import { TextWriter } from './text-writer.js';

function rendered(
  family: MetricFamily,
  format: 'text' | 'openmetrics',
  escaping: EscapingScheme = 'allow-utf-8',
): string {
  return Buffer.from(renderExposition([family], { format, escaping })).toString();
}

const one = { labels: [], value: 1 };
const exemplar = { labels: [['t', 'x']] as readonly LabelPair[], value: 0.5, timestampMs: 1500 };

const info: MetricFamily = { name: 'build_info', type: 'info', series: [one] };
const badlyNamedInfo: MetricFamily = { name: 'build', type: 'info', series: [one] };
const stateset: MetricFamily = {
  name: 'state',
  type: 'stateset',
  series: [{ labels: [['state', 'on']], value: 1 }],
};
const counter: MetricFamily = {
  name: 'bytes_total',
  type: 'counter',
  help: 'a "b"\\\n',
  unit: 'bytes',
  series: [
    { labels: [['a', '\\"\n']], value: 1e6, exemplar, createdMs: 1_500, timestampMs: 2_500 },
  ],
};
const histogram: MetricFamily = {
  name: 'h',
  type: 'histogram',
  series: [
    {
      labels: [['a', 'b']],
      upperBounds: [0.5, 1],
      bucketCounts: [1, 2_000_000],
      bucketExemplars: [undefined, exemplar],
      count: 3_000_000,
      sum: 1.5,
      createdMs: 1000,
    },
  ],
};
const floatHistogram: MetricFamily = {
  name: 'h',
  type: 'gaugehistogram',
  series: [
    {
      labels: [],
      upperBounds: [1],
      bucketCounts: [0],
      count: 2,
      sum: 0,
      isFloat: true,
    },
  ],
};
const summary: MetricFamily = {
  name: 's',
  type: 'summary',
  series: [{ labels: [], quantiles: [0, 1], quantileValues: [NaN, -Infinity], count: 1, sum: 0 }],
};
const quoted: MetricFamily = {
  name: 'a.b',
  type: 'histogram',
  help: 'h',
  series: [
    { labels: [['c.d', 'ü']], upperBounds: [], bucketCounts: [], count: 1, sum: 1 },
    { labels: [], upperBounds: [], bucketCounts: [], count: 1, sum: 1 },
  ],
};

const texts: [family: MetricFamily, text: string, openMetrics: string][] = [
  [info, '# TYPE build_info gauge\nbuild_info 1\n', '# TYPE build info\nbuild_info 1.0\n# EOF\n'],
  [badlyNamedInfo, '# TYPE build gauge\nbuild 1\n', '# TYPE build unknown\nbuild 1.0\n# EOF\n'],
  [
    stateset,
    '# TYPE state gauge\nstate{state="on"} 1\n',
    '# TYPE state stateset\nstate{state="on"} 1.0\n# EOF\n',
  ],
  [
    counter,
    '# HELP bytes_total a "b"\\\\\\n\n# TYPE bytes_total counter\nbytes_total{a="\\\\\\"\\n"} 1e+06 2500\n',
    '# HELP bytes a \\"b\\"\\\\\\n\n# TYPE bytes counter\n# UNIT bytes bytes\nbytes_total{a="\\\\\\"\\n"} 1e+06 2.5 # {t="x"} 0.5 1.5\n# EOF\n',
  ],
  [
    histogram,
    '# TYPE h histogram\nh_bucket{a="b",le="0.5"} 1\nh_bucket{a="b",le="1"} 2e+06\nh_bucket{a="b",le="+Inf"} 3e+06\nh_sum{a="b"} 1.5\nh_count{a="b"} 3e+06\n',
    '# TYPE h histogram\nh_bucket{a="b",le="0.5"} 1\nh_bucket{a="b",le="1.0"} 2000000 # {t="x"} 0.5 1.5\nh_bucket{a="b",le="+Inf"} 3000000\nh_sum{a="b"} 1.5\nh_count{a="b"} 3000000\n# EOF\n',
  ],
  [
    floatHistogram,
    '# TYPE h histogram\nh_bucket{le="1"} 0\nh_bucket{le="+Inf"} 2\nh_sum 0\nh_count 2\n',
    '# TYPE h gaugehistogram\nh_bucket{le="1.0"} 0\nh_bucket{le="+Inf"} 2.0\nh_sum 0.0\nh_count 2.0\n# EOF\n',
  ],
  [
    summary,
    '# TYPE s summary\ns{quantile="0"} NaN\ns{quantile="1"} -Inf\ns_sum 0\ns_count 1\n',
    '# TYPE s summary\ns{quantile="0.0"} NaN\ns{quantile="1.0"} -Inf\ns_sum 0.0\ns_count 1\n# EOF\n',
  ],
  [
    quoted,
    '# HELP "a.b" h\n# TYPE "a.b" histogram\n{"a.b_bucket","c.d"="ü",le="+Inf"} 1\n{"a.b_sum","c.d"="ü"} 1\n{"a.b_count","c.d"="ü"} 1\n{"a.b_bucket",le="+Inf"} 1\n{"a.b_sum"} 1\n{"a.b_count"} 1\n',
    '# HELP "a.b" h\n# TYPE "a.b" histogram\n{"a.b_bucket","c.d"="ü",le="+Inf"} 1\n{"a.b_sum","c.d"="ü"} 1.0\n{"a.b_count","c.d"="ü"} 1\n{"a.b_bucket",le="+Inf"} 1\n{"a.b_sum"} 1.0\n{"a.b_count"} 1\n# EOF\n',
  ],
];

describe('a family as text', () => {
  it.each(texts)('0.0.4: $type $name', (family, text) => {
    expect(rendered(family, 'text')).toBe(text);
  });

  it.each(texts)('OpenMetrics: $type $name', (family, _text, openMetrics) => {
    expect(rendered(family, 'openmetrics')).toBe(openMetrics);
  });

  it.each([
    ['underscores', 'a_b_sum{c_d="ü"} 1'],
    ['dots', 'a_dot_b_sum{c_dot_d="ü"} 1'],
    ['values', 'U__a_2e_b_sum{U__c_2e_d="ü"} 1'],
  ] as const)('with names escaped by %s', (escaping, line) => {
    expect(rendered(quoted, 'text', escaping)).toContain(`\n${line}\n`);
  });

  it('that has no name is refused', () => {
    expect(() => rendered({ ...info, name: '' }, 'text')).toThrow('without a name');
  });

  it('that is named like a suffix alone keeps its name', () => {
    const text = rendered({ name: '_total', type: 'counter', series: [one] }, 'openmetrics');
    expect(text).toBe('# TYPE _total unknown\n_total 1.0\n# EOF\n');
  });

  it('without series is its comments, as prom-client writes it', () => {
    expect(rendered({ ...info, series: [] }, 'text')).toBe('# TYPE build_info gauge\n');
  });

  it('says when series began, where that is asked for', () => {
    const sink = new ByteSink();
    const writer = new TextWriter(sink, 'openmetrics', 'allow-utf-8', true);
    for (const family of [counter, histogram]) for (const _ of familySteps(writer, family));
    const text = Buffer.concat(sink.takeAll()).toString();
    expect(text).toContain('\nbytes_created{a="\\\\\\"\\n"} 1.5\n');
    expect(text).toContain('\nh_created{a="b"} 1.0\n');
  });

  it('keeps the lines of a value that is longer than a chunk', () => {
    const value = 'ü"'.repeat(100_000);
    const long: MetricFamily = { ...stateset, series: [{ labels: [['a', value]], value: 1 }] };
    const [sample] = parseExposition(Buffer.from(rendered(long, 'text')), 'text');
    expect(sample?.labels).toEqual({ a: value });
  });
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

describe('promtool', () => {
  it.skipIf(!hasPromtool).each(texts)('reads the $type $name', (family) => {
    const helped = { ...family, help: 'Something.' };
    // It knows no quoted names.
    const input = renderExposition([helped], { format: 'text', escaping: 'underscores' });
    const { stderr, status } = spawnSync('promtool', ['check', 'metrics'], { input });
    // 3 is its word for names that it would have otherwise.
    expect([0, 3], stderr.toString()).toContain(status);
  });
});
