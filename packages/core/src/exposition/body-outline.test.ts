import { expect, it } from 'vitest';
import { BodyParser } from './body-parser.js';
import { CommentTable } from './comment-table.js';
import { ParsedBody } from './parsed-body.js';
import { SeriesKeys } from './series-keys.js';
import { SharedKeys } from './shared-keys.js';

function scene() {
  const texts = new SharedKeys();
  const comments = new CommentTable();
  const out = new ParsedBody();
  const target = () => {
    const keys = new SeriesKeys(texts);
    const parser = new BodyParser(keys, comments);
    const parse = (text: string) => {
      const body = Buffer.from(text);
      parser.parse('text', body, body.length, out);
      return Array.from(out.slots.subarray(0, out.count), (slot, i) => {
        return `${Buffer.from(keys.key(slot))} ${out.values[i]}`;
      });
    };
    return { keys, parser, parse };
  };
  return { texts, out, target };
}

const lines = ['# HELP a A.', '# TYPE a gauge', 'a{b="1"} 1', 'a{b="2"} 2', 'c 3', '# the end'];
const body = (series: readonly string[] = lines) => `${series.join('\n')}\n`;

it('targets that show the same share one outline, which goes with the last of them', () => {
  const { texts, target } = scene();
  const targets = [target(), target(), target()];
  for (const { parse } of targets) for (let i = 0; i < 3; i++) parse(body());
  const ofOne = texts.outlines.memoryBytes;
  expect(ofOne).toBeGreaterThan(0);
  const [first, second, third] = targets;
  first!.parser.close();
  second!.parser.close();
  expect(texts.outlines.memoryBytes).toBe(ofOne);
  third!.parser.close();
  expect(texts.outlines.memoryBytes).toBe(0);
});

it('a target that changes its lines leaves its outline', () => {
  const { texts, target } = scene();
  const { parse } = target();
  for (let i = 0; i < 3; i++) parse(body());
  const before = texts.outlines.memoryBytes;
  for (let i = 0; i < 3; i++) parse(body([...lines, 'd 4']));
  expect(texts.outlines.memoryBytes).toBeGreaterThan(before);
  expect(texts.outlines.memoryBytes).toBeLessThan(before * 2);
});

it.each(lines.map((_, i) => i))(
  'a body that lacks line %i of its outline is read as it is',
  (at) => {
    const { target } = scene();
    const { parse } = target();
    for (let i = 0; i < 3; i++) parse(body());
    const left = lines.toSpliced(at, 1);
    expect(parse(body(left))).toEqual(left.filter((line) => !line.startsWith('#')));
  },
);

it('a TYPE line before the first other line still says what the lines behind it are', () => {
  const { target, out } = scene();
  const { parse, keys } = target();
  const histogram = ['# TYPE h histogram', 'h_bucket{le="1"} 1', 'h_bucket{le="2"} 2'];
  for (let i = 0; i < 3; i++) parse(body(histogram));
  parse(body([...histogram.slice(0, 2), 'h_bucket{le="3"} 3']));
  const [first, last] = [out.slots[0]!, out.slots[1]!];
  expect(keys.contextOf(last)).toBe(keys.contextOf(first));
});

it('a series that was forgotten meanwhile gets another slot, though its line is where it was', () => {
  const { target, out } = scene();
  const { keys, parse } = target();
  for (let i = 0; i < 3; i++) parse('a 1\nb 2\n');
  keys.remove(out.slots[0]!);
  keys.add(Buffer.from('other'), 0, 5, 0);
  expect(parse('a 1\nb 2\n')).toEqual(['a 1', 'b 2']);
});

it('outlines have a bound, beyond which targets are read line by line', () => {
  const { texts, target } = scene();
  const long = (name: number) =>
    body(Array.from({ length: 400 }, (_, i) => `metric_${name}{label="${'x'.repeat(900)}${i}"} 1`));
  for (let name = 0; name < 20; name++) {
    const { parse } = target();
    for (let i = 0; i < 4; i++) expect(parse(long(name))).toHaveLength(400);
  }
  expect(texts.outlines.memoryBytes).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(texts.outlines.memoryBytes).toBeGreaterThan(3 * 1024 * 1024);
});
