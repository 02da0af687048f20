import { describe, expect, it } from 'vitest';
import { BodyParser } from '../body-parser.js';
import { CommentTable } from '../comment-table.js';
import type { ExpositionFormat } from '../content-type.js';
import type { ParseOptions } from '../parse-options.js';
import { ParsedBody } from '../parsed-body.js';
import { SeriesKeys } from '../series-keys.js';

class Target {
  readonly keys = new SeriesKeys();
  readonly comments = new CommentTable();
  readonly out = new ParsedBody();
  readonly parser: BodyParser;

  constructor(options: ParseOptions) {
    this.parser = new BodyParser(this.keys, this.comments, options);
  }

  /** The texts of the series that come out, each with its value. */
  parse(body: string, format: ExpositionFormat = 'text'): string[] {
    const bytes = Buffer.from(body);
    this.parser.parse(format, bytes, bytes.length, this.out);
    return Array.from(
      this.out.slots.subarray(0, this.out.count),
      (slot, i) => `${Buffer.from(this.keys.key(slot))} ${this.out.values[i]}`,
    );
  }
}

const nhcb = { convertClassicHistogramsToNhcb: true };
const histogram = (labels: string, count: number) =>
  `h_bucket{${labels}le="1"} 1\nh_bucket{${labels}le="+Inf"} ${count}\n` +
  `h_sum{${labels}} 5\nh_count{${labels}} ${count}\n`;

describe('histograms with custom buckets', () => {
  it('take the place of the classic samples', () => {
    const target = new Target(nhcb);
    const body = `a 1\n# TYPE h histogram\n${histogram('z="1",b="2",', 3)}${histogram('', 4)}`;
    expect(target.parse(`${body}x 2\n`)).toEqual(['a 1', 'h{b="2",z="1"} 5', 'h 5', 'x 2']);
    expect([...target.out.histogramSamples.subarray(0, target.out.histogramCount)]).toEqual([1, 2]);
    expect(target.out.histograms.map(({ count }) => count)).toEqual([3, 4]);
    expect(target.keys.size).toBe(4);
  });

  it('stand behind the classic ones where these stay', () => {
    const target = new Target({ ...nhcb, alwaysScrapeClassicHistograms: true });
    const texts = target.parse(`# TYPE h histogram\n${histogram('', 4)}a 1\n`);
    expect(texts.map((text) => text.replace(/ .*/, ''))).toEqual([
      'h_bucket{le="1"}',
      'h_bucket{le="+Inf"}',
      'h_sum{}',
      'h_count{}',
      'h',
      'a',
    ]);
  });

  it.each([
    ['no histogram', `# TYPE h gauge\n${histogram('', 4)}`],
    ['a histogram of another name', `# TYPE i histogram\n${histogram('', 4)}`],
    ['no bound', '# TYPE h histogram\nh_bucket 1\n'],
    ['a bound that is no number', '# TYPE h histogram\nh_bucket{le="x"} 1\n'],
    ['the bare name', '# TYPE h histogram\nh 1\n'],
  ])('leaves samples alone: %s', (_what, body) => {
    expect(new Target(nhcb).parse(body)).toEqual(new Target({}).parse(body));
  });

  it('what cannot be converted is gone, and comes when it can', () => {
    const target = new Target(nhcb);
    const body = `# TYPE h histogram\n${histogram('', 4)}`;
    expect(target.parse(body.replace('+Inf"} 4', '+Inf"} 0'))).toEqual([]);
    expect(target.parse(body)).toEqual(['h 5']);
    expect(target.out.sameOrder).toBe(false);
    expect(target.parse(body.replace('h_sum{} 5', 'h_sum{} 6'))).toEqual(['h 6']);
    expect(target.out.sameOrder).toBe(true);
  });

  it('follow a change of the body', () => {
    const target = new Target(nhcb);
    target.parse(`# TYPE h histogram\n${histogram('', 4)}`);
    expect(target.parse(`# TYPE h histogram\n${histogram('a="b",', 4)}`)).toEqual(['h{a="b"} 5']);
    expect(target.parse(`# TYPE h gauge\nh_count 1\n`)).toEqual(['h_count 1']);
  });

  it('do not outlive a refused body', () => {
    const target = new Target(nhcb);
    const body = `# TYPE h histogram\n${histogram('', 4)}`;
    target.parse(body);
    for (const bad of ['}', 'a{b="1",b="2"} 1', 'a{b="1",b="2"} 1']) {
      expect(() => target.parse(body + bad)).toThrow();
      expect(target.out.count).toBe(0);
    }
    expect(target.parse(body)).toEqual(['h 5']);
    target.parser.close();
    expect(target.comments.keys.size).toBe(0);
  });

  it('lines that come and go do not pile up', () => {
    const target = new Target(nhcb);
    target.parse('a 1\n');
    const before = target.parser.memoryBytes;
    for (let i = 0; i < 20_000; i++) target.parse(`a{i="${i}"} 1\n`);
    expect(target.parser.memoryBytes).toBeLessThan(before + 200_000);
  });
});

describe('created lines', () => {
  const started = { createdAsStartTime: true };

  it('are no samples of OpenMetrics but tell when its series began', () => {
    const target = new Target(started);
    const body = '# TYPE a counter\na_total{x="1"} 1\na_created{x="1"} 12.5\na_total 2\n# EOF\n';
    expect(target.parse(body, 'openmetrics')).toEqual(['a_total{x="1"} 1', 'a_total 2']);
    expect([target.out.createdMs(0), target.out.createdMs(1)]).toEqual([12_500, NaN]);
  });

  it('of a gauge and of the text format are samples', () => {
    const target = new Target(started);
    expect(target.parse('# TYPE a gauge\na_created 1\n# EOF\n', 'openmetrics')).toEqual([
      'a_created 1',
    ]);
    expect(target.parse('# TYPE a counter\na 1\na_created 1\n')).toEqual(['a 1', 'a_created 1']);
  });
});
