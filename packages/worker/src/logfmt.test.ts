import { expect, it } from 'vitest';
import { formatLogfmt } from './logfmt.js';

it('puts time, level and message first, whatever their place in the record', () => {
  const record = { level: 'info', job: 'node', time: '2026-01-02T03:04:05.006Z', msg: 'scraped' };
  expect(formatLogfmt(record)).toBe(
    'time=2026-01-02T03:04:05.006Z level=info msg=scraped job=node\n',
  );
});

it.each([
  [{ a: 'plain' }, 'a=plain\n'],
  [{ a: '' }, 'a=""\n'],
  [{ a: 'two words' }, 'a="two words"\n'],
  [{ a: 'x=y' }, 'a="x=y"\n'],
  [{ a: 'say "hi"' }, 'a="say \\"hi\\""\n'],
  [{ a: 'line\nbreak' }, 'a="line\\nbreak"\n'],
  [{ a: 'c:\\x' }, 'a="c:\\\\x"\n'],
  [{ a: 12.5, b: true, c: null }, 'a=12.5 b=true c=null\n'],
  [{ a: ['x', 'y'] }, 'a="[\\"x\\",\\"y\\"]"\n'],
  [{ 'a key': 1 }, 'a_key=1\n'],
  [{ a: 'terminal \u001b[31m and \u009b31m' }, 'a="terminal \\u001b[31m and \\u009b31m"\n'],
])('writes %j', (record, line) => {
  expect(formatLogfmt(record)).toBe(line);
});
