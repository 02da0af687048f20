import { describe, expect, it } from 'vitest';
import { BodyParser, type TextFormat } from './body-parser.js';
import { ParsedBody } from './parsed-body.js';
import { SeriesKeys } from './series-keys.js';

const million = 1_000_000;

interface Read {
  readonly keys: SeriesKeys;
  readonly out: ParsedBody;
  readonly error: string | undefined;
}

/** Parses the bodies in turn; a limit of a minute bounds the time, on a busy machine too. */
function read(format: TextFormat, ...bodies: (string | Uint8Array)[]): Read {
  const keys = new SeriesKeys();
  const out = new ParsedBody();
  const parser = new BodyParser(keys);
  let error: string | undefined;
  for (const body of bodies) {
    const bytes = Buffer.from(body);
    try {
      parser.parse(format, bytes, bytes.length, out);
    } catch (thrown) {
      error = (thrown as Error).message;
    }
  }
  return { keys, out, error };
}

describe.each(['text', 'openmetrics'] as const)('%s', { timeout: 60_000 }, (format) => {
  const end = format === 'text' ? '' : '\n# EOF';

  it.each([
    ['a name', `${'a'.repeat(10 * million)} 1`],
    ['a label value', `a{b="${'x'.repeat(10 * million)}"} 1`],
    ['escapes', `a{b="${'\\\\'.repeat(5 * million)}"} 1`],
    ['a quoted name of escapes', `{"${'\\"'.repeat(5 * million)}"} 1`],
    ['a million labels', `a{${'b="c",'.repeat(million)}} 1`],
  ])('takes a line of 10 MB: %s', (_what, line) => {
    const { out, keys, error } = read(format, line + end, line + end);
    expect([error, out.count, out.sameOrder]).toEqual([undefined, 1, true]);
    expect(keys.memoryBytes + keys.texts.memoryBytes).toBeLessThan(line.length * 1.2 + 10_000);
  });

  it.each([
    ['a label value that never ends', `a{b="${'x'.repeat(2 * million)}`],
    ['an escape that never ends', `a{b="${'\\'.repeat(2 * million + 1)}`],
    ['a number of 2 MB', `a ${'1'.repeat(2 * million)}`],
    ['a number that is none', `a ${'1e'.repeat(million)}`],
    ['a timestamp of 2 MB', `a 1 ${'1'.repeat(2 * million)}`],
    ['blanks', `a${' '.repeat(2 * million)}`],
    ['braces', `a${'{'.repeat(2 * million)}`],
    ['commas', `a{${','.repeat(2 * million)}} 1`],
    [
      'invalid UTF-8 at the end of 2 MB',
      Buffer.concat([
        Buffer.from(`a{b="${'x'.repeat(2 * million)}`),
        Buffer.from([0xff, 0x22, 0x7d, 0x20, 0x31]),
      ]),
    ],
    [
      'a surrogate half',
      Buffer.from([0x61, 0x7b, 0x62, 0x3d, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d, 0x20, 0x31]),
    ],
    [
      'an overlong form',
      Buffer.from([0x61, 0x7b, 0x62, 0x3d, 0x22, 0xc0, 0xaf, 0x22, 0x7d, 0x20, 0x31]),
    ],
    [
      '200,000 series before an error',
      `${Array.from({ length: million / 5 }, (_, i) => `a${i} 1\n`).join('')}}`,
    ],
    [
      '200,000 comments before an error',
      `${Array.from({ length: million / 5 }, (_, i) => `# HELP a ${i}\n`).join('')}}`,
    ],
  ])('refuses %s and keeps nothing of it', (_what, body) => {
    const { keys, out, error } = read(format, typeof body === 'string' ? body + end : body);
    expect(error).toMatch(/^line \d+, column \d+: expected /);
    expect([out.count, keys.size]).toEqual([0, 0]);
    expect(error!.length).toBeLessThan(300);
  });

  it('a body in another order each time costs no more than its lines', () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `a{b="${i}"} ${i}`);
    const bodies = [lines, lines.toReversed(), lines.toSorted(), lines];
    const { keys, out, error } = read(
      format,
      ...bodies.map((body) => body.join('\n') + (end || '\n') + (end && '\n')),
    );
    expect([error, out.count, keys.size]).toEqual([undefined, 100_000, 100_000]);
  });

  it('one series 200,000 times is one series', () => {
    const body = `${'a{b="c"} 1\n'.repeat(million / 5)}${end.trim()}`;
    const { keys, out } = read(format, body, `x 1\n${body}`, body);
    expect([out.count, keys.size]).toEqual([million / 5, 2]);
  });
});

it('what failing bodies bring does not pile up', { timeout: 60_000 }, () => {
  const keys = new SeriesKeys();
  const out = new ParsedBody();
  const parser = new BodyParser(keys);
  const parse = (body: string): void => parser.parse('text', Buffer.from(body), body.length, out);
  parse('a 1\n');
  const before = keys.memoryBytes + keys.texts.memoryBytes;
  for (let round = 0; round < 200; round++) {
    const lines = Array.from(
      { length: 100 },
      (_, i) => `# HELP x${round} ${i}\nx{r="${round}",i="${i}"} 1\n`,
    );
    expect(() => parse(`${lines.join('')}broken\n`)).toThrow();
  }
  expect(keys.size).toBe(1);
  expect(keys.memoryBytes + keys.texts.memoryBytes).toBeLessThan(before + 50_000);
});
