import { expect, it } from 'vitest';
import { BodyParser } from './body-parser.js';
import { ParsedBody } from './parsed-body.js';
import { SeriesKeys } from './series-keys.js';

function bodyOf(target: number): { text: string; series: string[] } {
  const series = Array.from(
    { length: 50 + ((target * 37) % 200) },
    (_, i) => `metric_${i % 7}{target="${target}",number="${i}"}`,
  );
  const lines = series.map((one, i) => `# HELP metric_${i} of ${target}\n${one} ${i}\n`);
  return { text: lines.join(''), series };
}

it('first bodies of many targets do not end up in each other', () => {
  const out = new ParsedBody();
  const targets = Array.from({ length: 20 }, (_, target) => {
    const { text, series } = bodyOf(target);
    const keys = new SeriesKeys();
    const parser = new BodyParser(keys);
    const body = Buffer.from(text);
    parser.parse('text', body, body.length, out);
    if (target % 3 === 0) {
      const broken = Buffer.from(`${text.replaceAll('metric', 'other')}broken\n`);
      const failing = new BodyParser(new SeriesKeys());
      expect(() => failing.parse('text', broken, broken.length, out)).toThrow();
    }
    return { target, keys, parser, body, series };
  });
  for (const { target, keys, parser, body, series } of targets) {
    const texts = series.map((_, slot) => Buffer.from(keys.key(slot)).toString());
    expect(texts).toEqual(series);
    expect(parser.metadata.get('metric_3')?.help).toBe(`of ${target}`);
    parser.parse('text', body, body.length, out);
    expect(out.sameOrder).toBe(true);
  }
});

it('a small target keeps no room of a large one', () => {
  const out = new ParsedBody();
  const parse = (keys: SeriesKeys, text: string): void => {
    const body = Buffer.from(text);
    new BodyParser(keys).parse('text', body, body.length, out);
  };
  for (let i = 0; i < 4; i++) parse(new SeriesKeys(), bodyOf(5).text);
  const small = new SeriesKeys();
  parse(small, 'up 1\n');
  expect(small.memoryBytes).toBeLessThan(1000);
});
