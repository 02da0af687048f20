import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseExposition } from '../../../exposition/parse-exposition.js';
import { ByteSink } from '../../../exposition/render/byte-sink.js';
import { renderExposition } from '../../../exposition/render/exposition-writer.js';
import type { HistogramSample } from '../../../model/histogram.js';
import type { Metadata, MetricType } from '../../../model/metadata.js';
import { classicForm } from './classic-form.js';
import { countMetrics } from './count-metrics.js';
import { familyOf } from './family-of.js';
import { FamilyPlan } from './family-plan.js';
import type { PushedSeries } from './pushed-series.js';
import { SharedTexts } from './shared-texts.js';
import { GroupLabels, groupOf } from './target-group.js';
import { TextTemplate } from './text-template.js';

const metadata = (types: Record<string, MetricType>): Map<string, Metadata> =>
  new Map(Object.entries(types).map(([name, type]) => [name, { type, help: '', unit: '' }]));
const none = metadata({});

function text(
  series: readonly PushedSeries[],
  values: readonly number[],
  families: ReadonlyMap<string, Metadata> = none,
): string {
  const sink = new ByteSink();
  const template = new TextTemplate(new SharedTexts());
  const refs = Int32Array.from(series.keys());
  template.change({ refs, read: (ref) => series[ref]!, families: () => families });
  template.fill(Float64Array.from(values), sink);
  const body = Buffer.concat(sink.takeAll());
  expect(body.length).toBeLessThanOrEqual(template.mostBytes);
  return body.toString();
}

const one = (name: string, ...labels: [string, string][]): PushedSeries => ({ name, labels });

describe('familyOf', () => {
  it.each<[string, Record<string, MetricType>, object]>([
    ['a', {}, { family: 'a', type: 'unknown', part: 'value' }],
    ['up', {}, { family: 'up', type: 'gauge', part: 'value' }],
    ['a_total', { a_total: 'counter' }, { family: 'a_total', type: 'counter', part: 'value' }],
    ['a_total', { a: 'counter' }, { family: 'a_total', type: 'counter', part: 'value' }],
    ['a_created', { a: 'counter' }, { family: 'a_created', type: 'unknown', part: 'value' }],
    ['a_bucket', { a: 'histogram' }, { family: 'a', type: 'histogram', part: 'bucket' }],
    ['a_sum', { a: 'histogram' }, { family: 'a', type: 'histogram', part: 'sum' }],
    ['a_count', { a: 'summary' }, { family: 'a', type: 'summary', part: 'count' }],
    [
      'a_count',
      { a: 'summary', a_count: 'gauge' },
      { family: 'a_count', type: 'gauge', part: 'value' },
    ],
    ['a', { a: 'summary' }, { family: 'a', type: 'summary', part: 'quantile' }],
    ['a_created', { a: 'histogram' }, { family: 'a_created', type: 'unknown', part: 'value' }],
    ['a_gsum', { a: 'gaugehistogram' }, { family: 'a_gsum', type: 'unknown', part: 'value' }],
    ['a_bucket', { a: 'gauge' }, { family: 'a_bucket', type: 'unknown', part: 'value' }],
    ['a_info', { a: 'info' }, { family: 'a_info', type: 'info', part: 'value' }],
  ])('%s among %j', (name, types, expected) => {
    expect(familyOf(name, metadata(types))).toMatchObject(expected);
  });
});

describe('a body in text', () => {
  it('has each type once, before the first sample, and numbers as Go writes them', () => {
    const series = [one('a_total', ['n', '1']), one('b'), one('a_total', ['n', '\\"\n'])];
    const body = text(series, [1e21, Number.NaN, -0.5], metadata({ a_total: 'counter' }));
    expect(body).toBe(
      '# TYPE a_total counter\na_total{n="1"} 1e+21\nb NaN\na_total{n="\\\\\\"\\n"} -0.5\n',
    );
  });

  const name = fc.stringMatching(/^[a-z_]{1,5}$/);
  const label = fc.tuple(
    fc.stringMatching(/^[a-z]{1,3}$/),
    fc.string({ unit: 'grapheme', minLength: 1 }),
  );

  it('is read back with the same labels and the same bits', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.tuple(
            name,
            fc.uniqueArray(label, { maxLength: 3, selector: ([own]) => own }),
            fc.double(),
          ),
          { minLength: 1, selector: ([own, labels]) => JSON.stringify([own, [...labels].sort()]) },
        ),
        (samples) => {
          const body = text(
            samples.map(([own, labels]) => one(own, ...labels)),
            samples.map(([, , value]) => value),
          );
          const parsed = parseExposition(Buffer.from(body), 'text');
          expect(parsed.map(({ name: read, labels, value }) => [read, labels, value])).toEqual(
            samples.map(([own, labels, value]) => [
              own,
              Object.fromEntries(labels),
              Object.is(value, -0) ? 0 : value,
            ]),
          );
          expect(countMetrics({ bytes: Buffer.from(body), format: 'text' })).toBe(samples.length);
        },
      ),
    );
  });
});

describe('a body in protobuf', () => {
  const histogram: HistogramSample = {
    schema: 0,
    zeroThreshold: 0.5,
    zeroCount: 1,
    positiveSpans: [{ offset: 1, length: 1 }],
    positiveCounts: [2.5],
    negativeSpans: [],
    negativeCounts: [],
    count: 3.5,
    sum: 9,
    customValues: [],
    isFloat: true,
    isGauge: true,
  };
  const bytes = (
    series: readonly PushedSeries[],
    values: readonly number[],
    native: readonly HistogramSample[],
    isNew: boolean,
  ): Uint8Array => {
    const types = metadata({
      h: 'histogram',
      s: 'summary',
      c_total: 'counter',
      g: 'gaugehistogram',
    });
    const plan = new FamilyPlan(
      series,
      native.map(() => one('g')),
      types,
    );
    const families = plan.families(Float64Array.from(values), native, { native: isNew });
    return renderExposition(families, { format: 'protobuf', escaping: 'allow-utf-8' });
  };
  const series = [
    one('h_bucket', ['x', '1'], ['le', '+Inf']),
    one('h_bucket', ['x', '1'], ['le', '0.5']),
    one('h_sum', ['x', '1']),
    one('h_count', ['x', '1']),
    one('s', ['quantile', '0.9']),
    one('s_sum'),
    one('s_count'),
    one('c_total', ['a.b', 'ü']),
  ];
  const values = [4, 1, 8, 4, 0.25, 7, 2, 5];

  it('puts histograms and summaries together', () => {
    const parsed = parseExposition(bytes(series, values, [], true), 'protobuf');
    const found = parsed.map(
      ({ name, labels, value }) => `${name} ${JSON.stringify(labels)} ${value}`,
    );
    expect(found.sort()).toEqual(
      [
        'c_total {"a.b":"ü"} 5',
        'h_bucket {"x":"1","le":"+Inf"} 4',
        'h_bucket {"x":"1","le":"0.5"} 1',
        'h_count {"x":"1"} 4',
        'h_sum {"x":"1"} 8',
        's {"quantile":"0.9"} 0.25',
        's_count {} 2',
        's_sum {} 7',
      ].sort(),
    );
    expect(countMetrics({ bytes: bytes(series, values, [], true), format: 'protobuf' })).toBe(3);
  });

  it('an old gateway gets no type that breaks it, and counts without fractions', () => {
    const gaugeHistogram = Buffer.from([0x18, 5]);
    const classic = Buffer.from([0x18, 4]);
    const old = Buffer.from(bytes([], [], [histogram], false));
    expect(old.includes(gaugeHistogram)).toBe(false);
    expect(old.includes(classic)).toBe(true);
    const samples = parseExposition(old, 'protobuf');
    expect(samples.find(({ name }) => name === 'g_count')?.value).toBe(4);
    expect(Buffer.from(bytes([], [], [histogram], true)).includes(gaugeHistogram)).toBe(true);
  });

  test('custom buckets are classic ones again', () => {
    const custom = {
      ...histogram,
      schema: -53,
      customValues: [1, 2, 5],
      positiveSpans: [
        { offset: 0, length: 1 },
        { offset: 1, length: 2 },
      ],
      positiveCounts: [2, 3, 4],
      count: 9,
    };
    expect(classicForm(custom)).toEqual({ upperBounds: [1, 2, 5], bucketCounts: [2, 2, 5] });
  });
});

describe('the group of a target', () => {
  const labels = new Map(Object.entries({ job: 'j', instance: 'i', zone: 'z', 'a.b': 'c' }));

  it('has its labels, which win over those that are configured', () => {
    expect(groupOf(labels, { job: 'other', grouping: { zone: 'x', dc: 'd' } })).toEqual({
      job: 'j',
      grouping: { instance: 'i', zone: 'z', dc: 'd' },
    });
    expect(groupOf(new Map(), { job: undefined, grouping: {} }).job).toBe('prom-agent');
  });

  it.each<[string, [string, string][], [string, string][]]>([
    [
      'its own labels are the gateway’s to add',
      [
        ['instance', 'i'],
        ['le', '1'],
      ],
      [['le', '1']],
    ],
    ['another value is exported', [['instance', 'x']], [['exported_instance', 'x']]],
    [
      'under a name that is free',
      [
        ['instance', 'x'],
        ['exported_instance', 'y'],
      ],
      [
        ['exported_exported_instance', 'x'],
        ['exported_instance', 'y'],
      ],
    ],
    ['labels that a gateway refuses go', [['__x__', '1']], []],
  ])('of a series %s', (_, given, expected) => {
    const group = new GroupLabels(groupOf(labels, { job: undefined, grouping: {} }));
    expect(group.rest(given)).toEqual(expected);
  });
});
