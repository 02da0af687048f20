import { expect, it } from 'vitest';
import { BodyParser } from './body-parser.js';
import { ParsedBody } from './parsed-body.js';
import { SeriesKeys } from './series-keys.js';
import { SharedKeys } from './shared-keys.js';

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
  const shared = new SharedKeys();
  const targets = Array.from({ length: 20 }, (_, target) => {
    const { text, series } = bodyOf(target);
    const keys = new SeriesKeys(target % 2 === 0 ? shared : undefined);
    const parser = new BodyParser(keys);
    const body = Buffer.from(text);
    parser.parse('text', body, body.length, out);
    if (target % 3 === 0) {
      const broken = Buffer.from(`${text.replaceAll('metric', 'other')}broken\n`);
      const failing = new BodyParser(new SeriesKeys(shared));
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

const parse = (keys: SeriesKeys, text: string): void => {
  const body = Buffer.from(text);
  new BodyParser(keys).parse('text', body, body.length, new ParsedBody());
};

it('a small target keeps no room of a large one', () => {
  const texts = new SharedKeys();
  parse(new SeriesKeys(texts), bodyOf(5).text);
  const small = new SeriesKeys(texts);
  parse(small, 'up 1\n');
  expect(small.memoryBytes).toBeLessThan(100);
});

it('a hundred targets that show the same have each text once', () => {
  const texts = new SharedKeys();
  const { text, series } = bodyOf(5);
  parse(new SeriesKeys(texts), text);
  const { memoryBytes } = texts;
  for (let i = 0; i < 99; i++) {
    const keys = new SeriesKeys(texts);
    parse(keys, text);
    expect(keys.memoryBytes).toBeLessThan(series.length * 4.5);
  }
  expect([texts.size, texts.memoryBytes]).toEqual([series.length, memoryBytes]);
});
