import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.js';
import { parseExposition } from '../../exposition/parse-exposition.js';
import type { RenderFormat } from '../../exposition/render/exposition-writer.js';
import type { HistogramSample } from '../../model/histogram.js';
import { compareUtf8 } from '../../model/labels.js';
import { LabelEncoder } from '../../scrape/series/label-encoder.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { type FederatedSample, type FederationBlock, gatherFederation } from './gather.js';
import { mergeFederation } from './merge.js';
import { parseSelectors } from './selector.js';

const nowMs = 1_000_000_000;
const inText: RenderFormat = { format: 'text', escaping: 'allow-utf-8' };

interface Series {
  labels: Record<string, string>;
  value?: number;
  ageMs?: number;
  stale?: boolean;
  histogram?: HistogramSample;
}

function targetOf(series: readonly Series[], externalLabels: Record<string, string> = {}) {
  const encoder = new LabelEncoder(new Map(Object.entries(externalLabels)));
  return series.map(
    ({ labels, value = 1, ageMs = 0, stale = false, histogram }): FederatedSample => {
      const labelBytes = Uint8Array.from(encoder.encode(new Map(Object.entries(labels))));
      return { labelBytes, value, timestampMs: nowMs - ageMs, stale, histogram };
    },
  );
}

interface Asked {
  match: string[];
  externalLabels?: Record<string, string>;
  format?: RenderFormat;
}

function gather(
  targets: readonly (readonly Series[])[],
  { match, externalLabels = {}, format = inText }: Asked,
) {
  return gatherFederation(
    targets.map((series) => targetOf(series, externalLabels)),
    { selectors: parseSelectors(match), format, nowMs, clock: new ManualClock(), externalLabels },
  );
}

async function bytesOf(
  streams: AsyncIterable<FederationBlock>[],
  format = inText,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of mergeFederation(streams, format)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function body(streams: AsyncIterable<FederationBlock>[], format = inText): Promise<string> {
  return (await bytesOf(streams, format)).toString();
}

async function lines(targets: readonly (readonly Series[])[], asked: Asked): Promise<string[]> {
  const text = await body([gather(targets, asked)]);
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const everything = ['{__name__=~".+"}'];

describe('gatherFederation selects', () => {
  const series: Series[] = [
    { labels: { __name__: 'up', job: 'a', instance: 'i' } },
    { labels: { __name__: 'up', job: 'b', instance: 'i', zone: 'é' } },
    { labels: { __name__: 'down', job: 'a', instance: 'i' } },
  ];

  it.each<[string[], string[]]>([
    [['up'], ['up a', 'up b']],
    [['{job="a"}'], ['down a', 'up a']],
    [['{job=~"a|x"}'], ['down a', 'up a']],
    [['{job!="a"}'], ['up b']],
    [['{job!~"a.*"}'], ['up b']],
    [['{job=~".*"}'], ['down a', 'up a', 'up b']],
    [['{zone=""}'], ['down a', 'up a']],
    [['{zone!=""}'], ['up b']],
    [['{zone="é"}'], ['up b']],
    [['{zone=~"[é]"}'], ['up b']],
    [['{zone=~"."}'], ['up b']],
    [['{nothing="", __name__="down"}'], ['down a']],
    [
      ['{job=~"."}', 'up', 'up'],
      ['down a', 'up a', 'up b'],
    ],
    [['up{job=~"aa?"}', 'down{job="b"}'], ['up a']],
    [['{"up","down"}'], []],
    [['{}'], []],
    [[], []],
  ])('%j', async (match, expected) => {
    const found = await lines([series], { match });
    expect(found.map((line) => line.replace(/\{.*job="(.)".*/, ' $1'))).toEqual(expected);
  });

  it('by what series are without external labels, and shows these', async () => {
    const externalLabels = { zone: 'eu' };
    const of = (match: string): Promise<string[]> =>
      lines([[{ labels: { __name__: 'up', instance: 'i' } }]], { match: [match], externalLabels });
    expect(await of('{zone="eu"}')).toEqual([]);
    expect(await of('up{zone=""}')).toEqual(['up{instance="i",zone="eu"} 1 1000000000']);
  });

  it.each<[string, Partial<Series>, boolean]>([
    ['five minutes old', { ageMs: 300_000 }, true],
    ['older', { ageMs: 300_001 }, false],
    ['of the future', { ageMs: -1 }, false],
    ['stale', { stale: true }, false],
    ['NaN, but not stale', { value: Number.NaN }, true],
  ])('a sample that is %s: %s', async (_, sample, expected) => {
    const found = await lines([[{ labels: { __name__: 'a' }, ...sample }]], { match: everything });
    expect(found).toHaveLength(expected ? 1 : 0);
  });
});

describe('gatherFederation writes', () => {
  it('labels with every escape, names that need quotes, and instance="" where there is none', async () => {
    const labels = { __name__: 'ünïcode name', 'a.b': 'x"y\\z\nw', 'c"d': '佖佥', e: '' };
    expect(await body([gather([[{ labels }]], { match: everything })])).toBe(
      '# TYPE "ünïcode name" untyped\n' +
        '{"ünïcode name","a.b"="x\\"y\\\\z\\nw","c\\"d"="佖佥",instance=""} 1 1000000000\n',
    );
  });

  it.each<[RenderFormat['escaping'], string, string]>([
    ['underscores', '_n_code_name', 'a_b'],
    ['dots', '__n__code__name', 'a_dot_b'],
    ['values', 'U___fc_n_ef_code_20_name', 'U__a_2e_b'],
  ])('names escaped with %s, in both formats', async (escaping, name, label) => {
    const labels = { __name__: 'ünïcode name', 'a.b': 'ö', plain: 'x', instance: 'i' };
    const text = { format: 'text', escaping } as const;
    const asked = { match: everything, format: text };
    expect(await body([gather([[{ labels }]], asked)], text)).toBe(
      `# TYPE ${name} untyped\n${name}{${label}="ö",instance="i",plain="x"} 1 1000000000\n`,
    );
    const protobuf = { format: 'protobuf', escaping } as const;
    const streams = [gather([[{ labels }]], { match: everything, format: protobuf })];
    expect(parseExposition(await bytesOf(streams, protobuf), 'protobuf')).toMatchObject([
      { name, labels: { [label]: 'ö', plain: 'x', instance: 'i' }, value: 1, timestampMs: nowMs },
    ]);
  });

  it('in protobuf the samples of the text, in families that are not kept whole', async () => {
    const series = Array.from({ length: 3000 }, (_, i) => ({
      labels: { __name__: i < 10 ? 'few' : 'many', n: String(i), long: 'x'.repeat(60) },
      value: i / 8,
    }));
    const samples = async (format: RenderFormat) =>
      parseExposition(
        await bytesOf([gather([series], { match: everything, format })], format),
        format.format,
      ).map(({ name, labels, value, timestampMs }) => ({ name, labels, value, timestampMs }));
    const inProtobuf = { format: 'protobuf', escaping: 'allow-utf-8' } as const;
    expect(await samples(inProtobuf)).toEqual(await samples(inText));
    const blocks: number[] = [];
    for await (const block of gather([series], { match: everything, format: inProtobuf })) {
      blocks.push(block.bytes.length);
    }
    expect(blocks.length).toBeGreaterThan(3);
    expect(Math.max(...blocks)).toBeLessThan(200_000);
  });

  describe('native histograms', () => {
    const histogram: HistogramSample = {
      schema: 0,
      zeroThreshold: 0.5,
      zeroCount: 1,
      positiveSpans: [{ offset: 0, length: 2 }],
      positiveCounts: [2, 3],
      negativeSpans: [],
      negativeCounts: [],
      count: 6,
      sum: 7.5,
      customValues: [],
      isFloat: false,
      isGauge: false,
    };
    const series: Series[] = [
      { labels: { __name__: 'h', n: '1' }, histogram },
      { labels: { __name__: 'h', n: '2' }, histogram: { ...histogram, isGauge: true } },
      { labels: { __name__: 'h', n: '3' }, value: 5 },
      { labels: { __name__: 'h', n: '4' }, histogram: { ...histogram, schema: -53 } },
    ];

    it('in protobuf, as floats, each with its type', async () => {
      const protobuf = { format: 'protobuf', escaping: 'allow-utf-8' } as const;
      const streams = [gather([series], { match: everything, format: protobuf })];
      const positiveCounts = Float64Array.of(2, 3);
      const negativeCounts = new Float64Array(0);
      const expected = { ...histogram, isFloat: true, positiveCounts, negativeCounts };
      expect(parseExposition(await bytesOf(streams, protobuf), 'protobuf')).toMatchObject([
        { labels: { n: '1' }, histogram: { ...expected, isGauge: false }, timestampMs: nowMs },
        { labels: { n: '2' }, histogram: { ...expected, isGauge: true }, timestampMs: nowMs },
        { labels: { n: '3' }, value: 5, histogram: undefined },
      ]);
    });

    it('not in text', async () => {
      expect(await lines([series], { match: everything })).toEqual([
        'h{n="3",instance=""} 5 1000000000',
      ]);
    });
  });

  it.each<[number, string]>([
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [-1, '-1'],
    [0.1 + 0.2, '0.30000000000000004'],
    [999_999, '999999'],
    [1e6, '1e+06'],
    [-1234567.5, '-1.2345675e+06'],
    [1e21, '1e+21'],
    [1e100, '1e+100'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [5e-324, '5e-324'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('%s as %s', async (value, text) => {
    const found = await lines([[{ labels: { __name__: 'a', instance: 'i' }, value }]], {
      match: ['a'],
    });
    expect(found).toEqual([`a{instance="i"} ${text} 1000000000`]);
  });

  it('a series that two targets have once, with its newer sample', async () => {
    const labels = { __name__: 'a', instance: 'i' };
    const targets = [[{ labels, value: 1, ageMs: 10 }], [{ labels, value: 2, ageMs: 5 }]];
    expect(await lines(targets, { match: ['a'] })).toEqual(['a{instance="i"} 2 999999995']);
  });

  it('names and labels in the order of their UTF-8 bytes, whatever the labels hold', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '\0', '\x01', '!', '"', '\\', '\uffee', '😀'),
    });
    const labels = fc.record({ __name__: text, x: text, 'x!': text });
    await fc.assert(
      fc.asyncProperty(fc.array(labels, { maxLength: 20 }), async (sets) => {
        const given = sets.filter((set) => set.__name__ !== '');
        const found: Record<string, string>[] = [];
        for (const line of await lines([given.map((set) => ({ labels: set }))], {
          match: everything,
        })) {
          found.push(readLabels(line));
        }
        const expected = given.map((set) => nonEmpty(set)).sort(compareLabelSets);
        expect(found).toEqual(
          expected.filter((set, i) => i === 0 || compareLabelSets(set, expected[i - 1]!) !== 0),
        );
      }),
    );
  });
});

function nonEmpty(set: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(set).filter(([, value]) => value !== ''));
}

function compareLabelSets(a: Record<string, string>, b: Record<string, string>): number {
  const [x, y] = [a, b].map((set) => {
    const { __name__: metric = '', ...labels } = set;
    return [metric, ...Object.entries(labels).flat()];
  });
  for (let i = 0; i < Math.min(x!.length, y!.length); i++) {
    const order = compareUtf8(x![i]!, y![i]!);
    if (order !== 0) return order;
  }
  return x!.length - y!.length;
}

/** Labels of a line as {@link gatherFederation} writes it, without the added instance. */
function readLabels(line: string): Record<string, string> {
  const labels = new Map<string, string>();
  const unescaped = (text: string): string =>
    text.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
  const end = line.lastIndexOf('}');
  const inner = line.slice(line.indexOf('{') + 1, end);
  const plainName = line.slice(0, line.indexOf('{'));
  if (plainName !== '') labels.set('__name__', plainName);
  for (const [, quoted, plain, value] of inner.matchAll(
    /(?:"((?:[^"\\]|\\.)*)"|(\w+))(?:="((?:[^"\\]|\\.)*)")?,?/gs,
  )) {
    const label = plain ?? unescaped(quoted ?? '');
    if (value === undefined) labels.set('__name__', label);
    else if (label !== 'instance') labels.set(label, unescaped(value));
  }
  return Object.fromEntries(labels);
}

describe('gatherFederation and mergeFederation with much', () => {
  function manySeries(count: number, name: (i: number) => string): Series[] {
    return Array.from({ length: count }, (_, i) => ({
      labels: { __name__: name(i), instance: 'i', n: String((i * 7919) % count).padStart(6, '0') },
    }));
  }

  it('sorts and splits a name of many series into blocks', async () => {
    const count = 10_000;
    const blocks: FederationBlock[] = [];
    for await (const block of gather([manySeries(count, () => 'a')], { match: ['a'] }))
      blocks.push(block);
    expect(blocks.length).toBeGreaterThan(3);
    expect(blocks.every(({ bytes }) => bytes.length < 70_000)).toBe(true);
    const numbers =
      Buffer.concat(blocks.map(({ bytes }) => bytes))
        .toString()
        .match(/(?<=n=")\d+/g) ?? [];
    expect(numbers).toEqual(Array.from({ length: count }, (_, i) => String(i).padStart(6, '0')));
  });

  it('lets the event loop run between slices', async () => {
    let turns = 0;
    let immediate = setImmediate(function count() {
      turns++;
      immediate = setImmediate(count);
    });
    let readings = 0;
    const clock = { ...systemClock, monotonicMs: () => readings++ };
    const targets = Array.from({ length: 50 }, () => targetOf(manySeries(10, (i) => `m${i}`)));
    const stream = gatherFederation(targets, {
      selectors: parseSelectors(everything),
      format: inText,
      nowMs,
      clock,
    });
    await body([stream]);
    clearImmediate(immediate);
    expect(turns).toBeGreaterThanOrEqual(10);
  });
});
