import { describe, expect, it } from 'vitest';
import { BodyParser, type TextFormat } from './body-parser.js';
import { CommentTable } from './comment-table.js';
import { ParsedBody } from './parsed-body.js';
import { SeriesKeys } from './series-keys.js';

/** A parser with its keys, which reads bodies written as strings. */
class Target {
  readonly keys = new SeriesKeys();
  readonly out = new ParsedBody();
  readonly parser: BodyParser;

  constructor(comments?: CommentTable) {
    this.parser = new BodyParser(this.keys, comments);
  }

  parse(body: string, format: TextFormat = 'text'): (readonly [text: string, value: number])[] {
    const bytes = Buffer.from(body);
    this.parser.parse(format, bytes, bytes.length, this.out);
    return Array.from(this.out.slots.subarray(0, this.out.count), (slot, i) => [
      Buffer.from(this.keys.key(slot)).toString(),
      this.out.values[i]!,
    ]);
  }
}

describe('the place of an error', () => {
  it.each<[TextFormat, string, number, number]>([
    ['text', 'a 1\nb x\n', 2, 3],
    ['text', 'a 1\n}\n', 2, 1],
    ['text', 'a{b="c",,d="e"} 1\n', 1, 9],
    ['text', 'a{b="x\ny",c} 1\n', 2, 5],
    ['text', 'a{b="日本",c} 1\n', 1, 15],
    ['text', 'a 1 x\n', 1, 5],
    ['text', 'a 1 5x\n', 1, 6],
    ['text', 'a 1 9223372036854775808\n', 1, 5],
    ['text', 'a{b="c\n', 2, 1],
    ['text', 'a', 1, 2],
    ['text', '# TYPE a gauge gauge\n', 1, 10],
    ['text', '# HELP\t\n', 1, 8],
    ['text', 'a{b="c"} {d="e"} 1', 1, 10],
    ['openmetrics', 'a 1\n', 2, 1],
    ['openmetrics', 'a 1\n# EOF\n\n', 3, 1],
    ['openmetrics', 'a  1\n# EOF\n', 1, 3],
    ['openmetrics', '# TYPE a untyped\n# EOF\n', 1, 10],
    ['openmetrics', '# UNIT a_seconds second\n# EOF\n', 1, 18],
    ['openmetrics', 'a 1 # {b="c"}\n# EOF\n', 1, 14],
    ['openmetrics', 'a 1 # {b="\0"} 1\n# EOF\n', 1, 11],
  ])('%s %j is line %i, column %i', (format, body, line, column) => {
    const data = expect.objectContaining({ line, column, expected: expect.any(String) });
    expect(() => new Target().parse(body, format)).toThrow(
      expect.objectContaining({ code: 'EXPOSITION_SYNTAX', data }),
    );
  });

  it('is told in words, with what stands there', () => {
    expect(() => new Target().parse('a 1\nb 0x1 5\n')).toThrow(
      'line 2, column 3: expected a value, got "0x1 5"',
    );
    expect(() => new Target().parse('a')).toThrow('expected a value, got the end of the body');
  });
});

describe('prediction', () => {
  const body = '# HELP a A.\n# TYPE a gauge\na{b="1"} 1\na{b="2"} 2\n\n# TYPE c gauge\nc 3\n';

  it('knows that nothing but numbers changed', () => {
    const target = new Target();
    target.parse(body);
    expect(target.out.sameOrder).toBe(false);
    expect(target.parse(body.replace('} 2', '} -2.5e3'))).toEqual([
      ['a{b="1"}', 1],
      ['a{b="2"}', -2500],
      ['c', 3],
    ]);
    expect(target.out.sameOrder).toBe(true);
    expect(target.keys.size).toBe(3);
  });

  it.each([
    ['a comment vanished', body.replace('# HELP a A.\n', ''), true],
    ['a comment came', `# hello\n${body}`, true],
    ['a HELP changed', body.replace('A.', 'Another.'), true],
    ['a blank line vanished', body.replace('\n\n', '\n'), true],
    ['spaces before a value', body.replace('c 3', 'c \t 3'), true],
    ['no newline at the end', body.trimEnd(), true],
    ['a timestamp came', body.replace('c 3', 'c 3 1000'), true],
    ['spaces inside a series', body.replace('{b="2"}', '{ b="2"}'), false],
    ['a series vanished', body.replace('a{b="1"} 1\n', ''), false],
    ['the last series vanished', body.replace('c 3\n', ''), false],
    ['two series changed places', body.replace(/(a.*1\n)(a.*2\n)/, '$2$1'), false],
    ['a series twice', body.replace('c 3\n', 'c 3\nc 4\n'), false],
    ['a TYPE changed what le means', body.replace('c gauge', 'c histogram'), false],
  ])('%s: same order %s', (_what, next, sameOrder) => {
    const target = new Target();
    target.parse(body);
    const samples = target.parse(next);
    expect(samples).toEqual(new Target().parse(next));
    expect(target.out.sameOrder).toBe(sameOrder);
    expect(target.parse(next)).toEqual(samples);
    expect(target.out.sameOrder).toBe(true);
    expect(target.parse(body)).toEqual(new Target().parse(body));
  });

  it('a key that is the beginning of another name is not that name', () => {
    const target = new Target();
    target.parse('ab 1\nabc 2\n');
    const next = 'abc 1\nab{x="y"} 2\nab {x="z"} 3\nab 4\n';
    expect(target.parse(next)).toEqual(new Target().parse(next));
  });

  it('a removed slot that another series took is no repetition of the old order', () => {
    const target = new Target();
    target.parse('a 1\n');
    target.keys.remove(0);
    expect(target.parse('b 1\n')).toEqual([['b', 1]]);
    expect([target.out.slots[0], target.out.sameOrder]).toEqual([0, false]);
  });

  it('a removed slot is added again', () => {
    const target = new Target();
    target.parse('a 1\nb 2\n');
    target.keys.remove(0);
    expect(target.parse('a 1\nb 2\n')).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(target.out.sameOrder).toBe(false);
  });

  it('after a refused body the keys are as before and the last good body is still expected', () => {
    const target = new Target();
    target.parse(body);
    expect(() => target.parse(`${body}new{x="y"} 1\n# new\nbroken\n`)).toThrow();
    expect([target.out.count, target.keys.size]).toEqual([0, 3]);
    target.parse(body);
    expect(target.out.sameOrder).toBe(true);
  });

  it('lines read as text predict nothing for OpenMetrics', () => {
    const target = new Target();
    target.parse('a { b = "c" } 1\n# EOF\n');
    expect(() => target.parse('a { b = "c" } 1\n# EOF\n', 'openmetrics')).toThrow('column 3');
    expect(target.parse('a{b="c"} 1\n# EOF\n', 'openmetrics')).toEqual([['a{b="c"}', 1]]);
  });

  it('the expected line must end inside the body, whatever lies behind it in the buffer', () => {
    const keys = new SeriesKeys();
    const out = new ParsedBody();
    const parser = new BodyParser(keys);
    const buffer = Buffer.from('# c\nab 12\ncd 34\n');
    parser.parse('text', buffer, buffer.length, out);
    parser.parse('text', buffer, 8, out);
    expect([...out.values.subarray(0, out.count)]).toEqual([1]);
    expect(() => parser.parse('text', buffer, 12, out)).toThrow('line 3, column 3');
    parser.parse('text', buffer, 3, out);
    expect(out.count).toBe(0);
  });

  it('an empty body is good in any format', () => {
    const target = new Target();
    target.parse('a 1\n# EOF\n', 'openmetrics');
    expect(target.parse('', 'openmetrics')).toEqual([]);
    expect(target.out.sameOrder).toBe(false);
  });

  it('forgets the exemplars and timestamps of the body before', () => {
    const target = new Target();
    target.parse('a_total 1 2 # {b="c"} 3 4\n# EOF\n', 'openmetrics');
    expect([target.out.exemplarCount, target.out.hasTimestamps]).toEqual([1, true]);
    expect(target.out.timestampsMs[0]).toBe(2000);
    target.parse('a_total 1\n# EOF\n', 'openmetrics');
    expect([target.out.exemplarCount, target.out.hasTimestamps]).toEqual([0, false]);
    expect([target.out.timestampsMs[0], target.out.sameOrder]).toEqual([NaN, true]);
  });
});

describe('metadata', () => {
  it('is what the last good body says', () => {
    const target = new Target();
    expect(target.parser.metadata.size).toBe(0);
    target.parse('# HELP a A \\\\ \\n \\" .\n# TYPE a counter\na 1\n# TYPE b untyped\n');
    const families = {
      a: { type: 'counter', help: 'A \\ \n \\" .', unit: '' },
      b: { type: 'unknown', help: '', unit: '' },
    };
    expect(Object.fromEntries(target.parser.metadata)).toEqual(families);
    expect(() => target.parse('# TYPE a gauge\n}')).toThrow();
    expect(Object.fromEntries(target.parser.metadata)).toEqual(families);
    target.parse('# TYPE a gauge\n');
    expect([...target.parser.metadata.keys()]).toEqual(['a']);
  });

  it('of OpenMetrics has units and unescapes quotes', () => {
    const target = new Target();
    target.parse('# TYPE a_s info\n# UNIT a_s s\n# HELP a_s \\"x\\"\n# EOF\n', 'openmetrics');
    expect(target.parser.metadata.get('a_s')).toEqual({ type: 'info', help: '"x"', unit: 's' });
  });
});

describe('a comment table of several parsers', () => {
  it('keeps each line once and as long as somebody expects it', () => {
    const comments = new CommentTable();
    const one = new Target(comments);
    const two = new Target(comments);
    one.parse('# TYPE a gauge\n# HELP a 1\na 1\n');
    two.parse('# TYPE a gauge\n# HELP a 2\na 1\n');
    expect(comments.keys.size).toBe(3);
    expect(() => two.parse('# HELP a 3\n}')).toThrow();
    expect(comments.keys.size).toBe(3);
    one.parse('# TYPE a gauge\n# TYPE a gauge\na 1\n');
    expect(comments.keys.size).toBe(2);
    one.parser.close();
    expect(comments.keys.size).toBe(2);
    expect(two.parser.metadata.get('a')).toEqual({ type: 'gauge', help: '2', unit: '' });
    two.parser.close();
    expect(comments.keys.size).toBe(0);
    two.parse('# TYPE a gauge\na 1\n');
    expect(comments.keys.size).toBe(1);
  });
});
