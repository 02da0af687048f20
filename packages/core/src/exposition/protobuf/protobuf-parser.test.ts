import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromAgentError } from '../../errors.js';
import type { MetricFamily } from '../../model/metric-family.js';
import { BodyParser } from '../body-parser.js';
import { CommentTable } from '../comment-table.js';
import { decodeSeries } from '../decode-series.js';
import type { ParseOptions } from '../parse-options.js';
import { ParsedBody } from '../parsed-body.js';
import { renderExposition } from '../render/exposition-writer.js';
import { SeriesKeys } from '../series-keys.js';

/** A protobuf field: a number as a varint, bytes or a string with their length before them. */
function field(number: number, value: number | string | Uint8Array): Buffer {
  if (typeof value === 'number') return Buffer.from([number << 3, ...varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

function double(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = (number << 3) | 1;
  bytes.writeDoubleLE(value, 1);
  return bytes;
}

function delimited(...fields: Uint8Array[]): Buffer {
  const message = Buffer.concat(fields);
  return Buffer.concat([Buffer.from(varint(message.length)), message]);
}

const gauge = 1;
const label = field(1, Buffer.concat([field(1, 'b'), field(2, 'c')]));
const value = field(2, double(1, 5));

class Target {
  readonly keys = new SeriesKeys();
  readonly out = new ParsedBody();
  readonly parser: BodyParser;

  constructor(options: ParseOptions = {}) {
    this.parser = new BodyParser(this.keys, new CommentTable(), options);
  }

  /** Everything a parse says, in a form that compares, whatever slots the series have. */
  outcome(body: Uint8Array): unknown {
    const { out, keys, parser } = this;
    try {
      parser.parse('protobuf', body, body.length, out);
      return [
        Array.from(out.slots.subarray(0, out.count), (slot, i) => [
          decodeSeries(keys.key(slot), keys.contextOf(slot)),
          out.values[i],
          out.timestampsMs[i],
          out.createdMs(i),
        ]),
        out.histograms,
        [...parser.metadata],
      ];
    } catch (error) {
      if (PromAgentError.is(error) && error.code === 'EXPOSITION_SYNTAX') return error.message;
      throw error;
    }
  }
}

describe('protobuf', { timeout: 60_000 }, () => {
  it.each([
    [
      'gauge',
      [field(1, 'a'), field(3, gauge), field(4, Buffer.concat([label, value]))],
      'a{b="c"}',
    ],
    ['metric before name', [field(4, value), field(3, gauge), field(1, 'a')], 'a'],
    ['no type is a counter', [field(1, 'a'), field(4, field(3, double(1, 5)))], 'a'],
    ['fields nobody knows', [field(9, 'x'), field(1, 'a'), field(3, 1), field(4, value)], 'a'],
    [
      'a value in two messages',
      [field(1, 'a'), field(3, 1), field(4, Buffer.concat([field(2, double(1, 1)), value]))],
      'a',
    ],
    ['a name with a dot', [field(1, 'a.b'), field(3, gauge), field(4, value)], '{"a.b"}'],
  ])('%s', (_what, fields, text) => {
    const target = new Target();
    const body = delimited(...fields);
    target.parser.parse('protobuf', body, body.length, target.out);
    expect(Buffer.from(target.keys.key(target.out.slots[0]!)).toString()).toBe(text);
    expect([target.out.count, target.out.values[0]]).toEqual([1, 5]);
  });

  it('a negative time, and none where it is 0', () => {
    const minusOne = Buffer.from([48, ...Array(9).fill(255), 1]);
    const family = (time: Uint8Array) =>
      delimited(field(1, 'a'), field(3, gauge), field(4, Buffer.concat([value, time])));
    const target = new Target();
    target.outcome(Buffer.concat([family(minusOne), family(field(6, 0))]));
    expect([...target.out.timestampsMs.subarray(0, 2)]).toEqual([-1, NaN]);
  });

  it('a family without metrics is passed over, whatever is wrong with it', () => {
    const target = new Target();
    expect(target.outcome(delimited(field(1, ''), field(3, 9)))).toEqual([[], [], []]);
  });

  it.each([
    ['a body that ends early', delimited(field(1, 'a'), field(4, value)).subarray(0, -1), 0],
    ['a length over five bytes', Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0]), 0],
    ['a field longer than its message', Buffer.from([2, 10, 5]), 2],
    ['a varint that never ends', Buffer.from([3, 24, 255, 255]), 2],
    ['field number 0', Buffer.from([1, 0]), 1],
    ['a name that is a number', delimited(field(1, 5)), 2],
    ['an end without a group', Buffer.from([1, 92]), 2],
    ['an empty name', delimited(field(4, value), field(1, '')), 16],
    ['a name that is not UTF-8', delimited(field(1, Buffer.from([255])), field(4, value)), 3],
    [
      'help that is not UTF-8',
      delimited(field(1, 'a'), field(2, Buffer.from([255])), field(4, value)),
      6,
    ],
    ['a type nobody knows', delimited(field(1, 'a'), field(3, 6), field(4, value)), 3],
    ['a unit that is no suffix', delimited(field(1, 'a'), field(5, 's'), field(4, value)), 6],
    ['an empty label name', delimited(field(1, 'a'), field(4, field(1, field(2, 'x')))), 8],
    [
      'a label value that is not UTF-8',
      delimited(
        field(1, 'a'),
        field(4, field(1, Buffer.concat([field(1, 'b'), field(2, Buffer.from([255]))]))),
      ),
      13,
    ],
  ])('refuses %s', (_what, body, offset) => {
    const target = new Target();
    const message = target.outcome(Buffer.from(body));
    expect(message).toMatch(/^byte \d+: expected /);
    expect(Number(/\d+/.exec(String(message)))).toBe(offset);
    expect([target.keys.size, target.out.count]).toEqual([0, 0]);
  });

  it('what equals the escaped form of something else is not that', () => {
    const family = (text: string) => {
      const labels = field(1, Buffer.concat([field(1, 'b'), field(2, text)]));
      const metric = field(4, Buffer.concat([labels, value]));
      return delimited(field(1, 'a'), field(2, text), field(3, gauge), metric);
    };
    const target = new Target();
    target.outcome(family('x\\y'));
    expect(target.outcome(family('x\\\\y'))).toEqual(new Target().outcome(family('x\\\\y')));
  });

  it('groups within groups end', () => {
    const body = delimited(Buffer.alloc(1_000_000, (12 << 3) | 3));
    expect(new Target().outcome(body)).toMatch(/fewer groups/);
  });

  const tenMegabytes = 'x'.repeat(10_000_000);
  const metric = (...labels: Buffer[]): Buffer =>
    delimited(field(1, 'a'), field(3, gauge), field(4, Buffer.concat([...labels, value])));
  const labelOf = (text: string | Uint8Array): Buffer =>
    field(1, Buffer.concat([field(1, 'b'), field(2, text)]));

  it.each([
    ['a label of 10 MB', metric(labelOf(tenMegabytes))],
    ['a label of escapes', metric(labelOf('"\\\n'.repeat(3_000_000)))],
    ['a million labels', metric(Buffer.concat(Array<Buffer>(1_000_000).fill(labelOf('c'))))],
    ['a help of 10 MB', delimited(field(2, tenMegabytes), field(1, 'a'), field(4, value))],
  ])('%s takes the memory of its text', (_what, body) => {
    const { keys, out, parser } = new Target();
    for (let i = 0; i < 2; i++) parser.parse('protobuf', body, body.length, out);
    expect([out.count, out.sameOrder]).toEqual([1, true]);
    expect(keys.memoryBytes + keys.texts.memoryBytes).toBeLessThan(body.length * 2.2 + 10_000);
  });

  it.each([
    ['a byte that is no UTF-8', metric(labelOf(Buffer.from(`${tenMegabytes}\xff`, 'latin1')))],
    ['an early end', metric(labelOf(tenMegabytes)).subarray(0, -1)],
  ])('%s behind 10 MB is refused and nothing of it kept', (_what, body) => {
    const { keys, out, parser } = new Target();
    expect(() => parser.parse('protobuf', body, body.length, out)).toThrow(/^byte|^line|expected/);
    expect([out.count, keys.size]).toEqual([0, 0]);
    expect(keys.memoryBytes + keys.texts.memoryBytes).toBeLessThan(body.length);
  });

  it('spans that claim more buckets than there are cost nothing', () => {
    const span = field(12, field(2, 4294967295));
    const histogram = Buffer.concat([span, field(13, 2), double(6, 1)]);
    const body = delimited(field(1, 'a'), field(3, 4), field(4, field(7, histogram)));
    expect(new Target({ scrapeNativeHistograms: true }).outcome(body)).toMatch(
      'expected 4294967295 buckets as its spans say, not 1',
    );
  });
});

const characters = fc.string({
  unit: fc.constantFrom('a', 'b', '_', '.', '"', '\\', '\n', '\0', 'ü'),
});
const labels = fc.uniqueArray(
  fc.tuple(
    characters.filter((name) => name !== ''),
    characters,
  ),
  {
    maxLength: 2,
    selector: ([name]) => name,
  },
);
const name = fc.constantFrom('a', 'b', 'a_total', 'x.y', 'q"');
const header = { name, help: fc.option(characters, { nil: undefined }) };
const counts = fc.nat(9);
const families: fc.Arbitrary<MetricFamily> = fc.oneof(
  fc.record({
    ...header,
    type: fc.constantFrom('gauge', 'counter', 'unknown'),
    series: fc.array(fc.record({ labels, value: fc.double() }), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    ...header,
    type: fc.constantFrom('histogram', 'gaugehistogram'),
    series: fc.array(
      fc.record({
        labels,
        upperBounds: fc.constantFrom([1, 2], [1, Infinity], []),
        bucketCounts: fc.tuple(counts, counts),
        count: counts,
        sum: fc.double(),
        native: fc.option(
          fc.record({
            schema: fc.integer({ min: -4, max: 8 }),
            zeroThreshold: fc.constant(1),
            zeroCount: counts,
            positiveSpans: fc.constant([{ offset: -1, length: 2 }]),
            positiveCounts: fc.tuple(counts, counts),
            negativeSpans: fc.constant([]),
            negativeCounts: fc.constant([]),
          }),
          { nil: undefined },
        ),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  }),
);
const bodies = fc
  .array(families, { maxLength: 5 })
  .map((all) => renderExposition(all, { format: 'protobuf', escaping: 'allow-utf-8' }));
const options: fc.Arbitrary<ParseOptions> = fc.record({
  scrapeNativeHistograms: fc.boolean(),
  alwaysScrapeClassicHistograms: fc.boolean(),
  convertClassicHistogramsToNhcb: fc.boolean(),
  typeAndUnitLabels: fc.boolean(),
});

describe('a protobuf parser that predicts', { timeout: 60_000 }, () => {
  it('says of every body in any sequence what a fresh one says', () => {
    fc.assert(
      fc.property(options, fc.array(bodies, { minLength: 2 }), (chosen, sequence) => {
        const target = new Target(chosen);
        for (const body of [...sequence, ...sequence.flatMap((one) => [one, one])]) {
          expect(target.outcome(body)).toEqual(new Target(chosen).outcome(body));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what is broken and throws nothing else', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(bodies, changes, fc.nat(), (body, bytes, length) => {
        const target = new Target({ scrapeNativeHistograms: true });
        target.outcome(body);
        const broken = Buffer.from(body);
        for (const [at, b] of bytes) if (broken.length > 0) broken[at % broken.length] = b;
        target.outcome(broken.subarray(0, length % 2 === 0 ? broken.length : length));
        expect(target.outcome(body)).toEqual(
          new Target({ scrapeNativeHistograms: true }).outcome(body),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
