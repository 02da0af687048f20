import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WrittenScalar } from './raw-tree.js';
import { readYaml } from './read-yaml.js';

/** What was read, scalars as the text written. */
function read(text: string): unknown {
  const { tree, problems } = readYaml(text, 'p.yml');
  expect(problems).toEqual([]);
  return shown(tree.root);
}

function shown(value: unknown): unknown {
  if (value instanceof WrittenScalar) return value.text;
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, shown(child)]));
}

// biome-ignore format: one case a line.
const readings: [name: string, text: string, expected: unknown][] = [
  ['a number', 'a: 1', { a: '1' }],
  ['a fraction with its zeros', 'a: 1.50', { a: '1.50' }],
  ['a flag', 'a: yes', { a: 'yes' }],
  ['a date', 'a: 2020-01-01', { a: '2020-01-01' }],
  ['a time, which YAML 1.1 counts in sixties', 'a: 12:30:45', { a: '12:30:45' }],
  ['an octal number', 'a: 010', { a: '010' }],
  ['a version', 'a: 1e3', { a: '1e3' }],
  ['nothing', 'a:\nb: ~\nc: null', { a: null, b: null, c: null }],
  ['a quoted word for nothing', 'a: "null"\nb: ""', { a: 'null', b: '' }],
  ['names that are no text', '1: a\ntrue: b\n1.0: c', { '1': 'a', true: 'b', '1.0': 'c' }],
  ['names of objects', '__proto__: a\nconstructor: b', { ['__proto__']: 'a', constructor: 'b' }],
  ['a tag of text', 'a: !!str 1', { a: '1' }],
  ['base64', 'a: !!binary aGk=', { a: 'hi' }],
  ['an alias', 'a: &x [1]\nb: *x', { a: ['1'], b: ['1'] }], [ 'a merge', 'a: &x {p: 1, q: 1}\nb: {<<: *x, q: 2}', { a: { p: '1', q: '1' }, b: { p: '1', q: '2' } }],
  ['a merge below a field, as go-yaml', 'a: {q: 2, <<: {p: 1, q: 1}}', { a: { q: '1', p: '1' } }],
  ['merges, the first wins', 'a: {<<: [{p: 1}, {p: 2, q: 2}]}', { a: { p: '1', q: '2' } }],
  ['tags of others, and tags of numbers', 'a: [!foo 1, !!int "5"]', { a: ['1', '5'] }],
  ['a merge in quotes', 'a: {"<<": 1}', { a: { '<<': '1' } }],
  ['Windows line ends and a byte order mark', '\ufeffa: 1\r\nb: 2\r\n', { a: '1', b: '2' }],
  ['line ends of an old Mac', 'a: 1\rb:\r  c: 2\r', { a: '1', b: { c: '2' } }],
  ['tags of a time and of a fraction', 'a: [!!timestamp 2001-12-14, !!float 1.50]', { a: ['2001-12-14', '1.50'] }],
  ['an empty document', '', null],
  ['a comment', '# nothing here\n', null],
  ['an end marker', '---\na: 1\n...\n', { a: '1' }],
  ['an empty second document', '---\na: 1\n---\n', { a: '1' }],
];

test.each(readings)('reads %s', (_, text, expected) => {
  expect(read(text)).toEqual(expected);
});

/** ¶ marks the place the error names. */
// biome-ignore format: one case a line.
const faults: [name: string, text: string, problem: string][] = [
  ['a tab', 'a:\n¶\tb: 1\n', 'a tab used for indentation: YAML allows spaces only'],
  ['a quote left open', 'a:\n- ¶"b\n- c\n', 'a quote that is not closed'],
  ['a bracket left open', 'a: [1,\n¶', 'a [ or { above is not closed, or less indented'], [ 'two values in a line', 'a: ¶b: c', 'a second "name:" in one value: check the indentation, or put the value in quotes if it holds ": "'],
  ['a field too far to the right', 'a:\n  b: ¶1\n   c: 2\n', 'a second "name:" in one value: check the indentation, or put the value in quotes if it holds ": "'],
  ['a field too far to the left', ' a: 1\n¶b: 2\n', 'this does not line up with what is above it: indent with the same number of spaces as its neighbours'],
  ['a colon left out', '¶a\n  b: 1\n', 'a name over several lines: a colon is missing, or the indentation is wrong'],
  ['a regular expression in double quotes', 'a: "¶\\w\\d+"', 'an unknown escape in double quotes: put the value in single quotes, where \\ is just itself'],
  ['two commas', 'a: [b, ¶, c]', 'Unexpected , in flow sequence'],
  ['a reserved character', 'a: ¶@b', 'a value that starts with @, ` or % must be in quotes'],
  ['a list too far to the left', 'a:\n- b: 1\n¶ c: 2\n', 'this does not line up with what is above it: indent with the same number of spaces as its neighbours'],
  ['a template that was not filled in', '{{¶- if x }}\n', 'a line that begins with "- " or "? " inside of [ ] or { }: is this the text of a template?'],
  ['a control character', 'a: ¶\u0001', 'a control character (U+0001), which YAML does not allow: remove it'],
  ['half a character', 'a: ¶"\\ud800"', 'a: holds half of a surrogate pair, which is not a character'],
  ['a field twice', 'a: {b: 1, c: 2, ¶b: 3}', 'a.b: written twice, the first time in line 1'], [ 'a tag of YAML that is no scalar', 'a: [!!set ¶x]', 'a[0]: found the tag !!set, which means nothing here: remove it'],
  ['bad base64', 'a: !!binary ¶"/w==$"', 'a: found a !!binary value that is not base64'], [ 'base64 of bytes that are no text', 'a: !!binary ¶/w==', 'a: found a !!binary value that is not UTF-8 text'],
  ['an alias of nothing', 'a: ¶*b', 'a: found *b, but nothing above is marked &b'], [ 'an alias of itself', 'a: &b [¶*b]', 'a[0]: found *b inside of what &b marks: it would hold itself'],
  ['a merge of text', 'a: {<<: ¶b}', 'a["<<"]: expected a mapping, or a list of mappings, to merge'],
  ['a list for a name', '? ¶[a]\n: b', 'found a list or an alias as a name, expected text'], [ 'a template', 'a: {¶{ b }}', 'a: found { where a name is expected: are these the {{ }} of a template?'],
];

describe('refuses', () => {
  test.each(faults)('%s', (_, markedText, problem) => {
    const before = markedText.slice(0, markedText.indexOf('¶')).split('\n');
    const { problems } = readYaml(markedText.replace('¶', ''), 'p.yml');
    const shownProblems = problems.map(({ line, column, path, message }) => [
      `${line}:${column}`,
      path === '' ? message : `${path}: ${message}`,
    ]);
    expect(shownProblems).toEqual([[`${before.length}:${before.at(-1)!.length + 1}`, problem]]);
  });

  const chain = (depth: number): string => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < depth; i++) {
      const aliases = Array(10).fill(`*a${i - 1}`);
      lines.push(`a${i}: &a${i} [${aliases.join(', ')}]`);
    }
    return lines.join('\n');
  };

  test('aliases that expand to billions of values', () => {
    expect(readYaml(chain(10), 'p.yml').problems).toMatchObject([
      { line: 1, message: 'its aliases (*name) expand to more than 1000000 values' },
    ]);
    expect(readYaml(chain(4), 'p.yml').problems).toEqual([]);
  });

  // yaml 2.9 composes recursively, and this aborted the process (no exception) at 20,000 levels.
  test.each(['[', '{a: ', '- ', '? '])('%s nested 20,000 deep', (open) => {
    const { problems, isYaml } = readYaml(open.repeat(20_000), 'p.yml');
    expect(isYaml).toBe(false);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.message).toMatch(/nested more than 100 levels deep/);
  });
});

test('any text is read or refused, never thrown at', () => {
  const piece = fc.constantFrom(
    ...[
      'a',
      'b: ',
      '- ',
      '\n',
      '  ',
      '\t',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '? ',
      '&x ',
      '*x',
    ],
    ...[
      '!!str ',
      '!t ',
      '|\n',
      '>',
      '#c',
      '---\n',
      '...\n',
      '%YAML 1.1\n',
      '<<: ',
      '~',
      '@',
      '\\',
      '\u00e9',
    ],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const { problems } = readYaml(pieces.join(''), 'p.yml');
      for (const { line, column, message } of problems) {
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
        expect(message).not.toBe('');
      }
    }),
    { numRuns: 3000 },
  );
});
