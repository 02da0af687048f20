import { describe, expect, it } from 'vitest';
import { parseTargetGroupFile } from './parse-target-group-file.js';

function parse(path: string, content: string | Uint8Array) {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return parseTargetGroupFile(path, bytes).map(({ source, targets, labels }) => ({
    source,
    targets: targets.map((target) => Object.fromEntries(target)),
    labels: Object.fromEntries(labels),
  }));
}

const found = (labels: Record<string, string>, ...addresses: string[]) => [
  {
    source: 'f.json:0',
    targets: addresses.map((address) => ({ __address__: address })),
    labels: { ...labels, __meta_filepath: 'f.json' },
  },
];

describe('target groups in JSON', () => {
  it.each<[string, ReturnType<typeof found>]>([
    ['[]', []],
    ['null', []],
    [' [{"targets":["a:1","b:2"],"labels":{"x":"y"}}]\n', found({ x: 'y' }, 'a:1', 'b:2')],
    ['[{"TARGETS":["a:1"],"Labels":{"X":"y"}}]', found({ X: 'y' }, 'a:1')],
    ['[{"targets":null,"labels":null}]', found({})],
    ['[{}]', found({})],
    ['[{"targets":["a:1"],"labels":{"x":null,"y":""}}]', found({}, 'a:1')],
    [
      '[{"targets":["a:1"],"labels":{"a b":"y","__proto__":"z"}}]',
      found({ 'a b': 'y', ['__proto__']: 'z' }, 'a:1'),
    ],
    ['[{"targets":["a:1"],"labels":{"__meta_filepath":"forged"}}]', found({}, 'a:1')],
  ])('%s', (text, groups) => {
    expect(parse('f.json', text)).toEqual(groups);
  });

  it('an empty target is a target without an address', () => {
    expect(parse('f.json', '[{"targets":["",null]}]')[0]?.targets).toEqual([{}, {}]);
  });

  it('an address with half a character is told as it is, for what builds targets to refuse', () => {
    const half = (list: string) => parse('f.json', `[{"targets":${list}}]`)[0]?.targets;
    expect(half('["a\\ud800"]')).toEqual([{ __address__: 'a\ud800' }]);
    expect(half('["a\\ud800","b"]')).toEqual([{ __address__: 'a\ud800' }, { __address__: 'b' }]);
  });

  it('bytes that are no UTF-8 are replaced, as Go does', () => {
    const bytes = Buffer.concat([
      Buffer.from('[{"targets":["a'),
      Buffer.of(0xff),
      Buffer.from('"]}]'),
    ]);
    expect(parse('f.json', bytes)[0]?.targets).toEqual([{ __address__: 'a\ufffd' }]);
  });

  it.each([
    ['', /JSON/],
    ['{}', 'expected a list of target groups'],
    ['[null]', 'group 1: expected a mapping with targets and labels'],
    ['[{}, "a:1"]', 'group 2: expected a mapping with targets and labels'],
    ['[{"targets":"a:1"}]', 'group 1, targets: expected a list of host:port'],
    ['[{"targets":["a:1",1]}]', 'group 1, targets, item 2: expected a text'],
    ['[{"target":["a:1"]}]', 'group 1: unknown field "target", expected targets or labels'],
    ['[{"labels":["a"]}]', 'group 1, labels: expected a mapping of names to values'],
    ['[{"labels":{"a":true}}]', 'group 1, label a: expected a text'],
    ['[{"labels":{"":"x"}}]', 'group 1, labels: a label needs a name'],
    ['[{"targets":["a:1"]}] x', /JSON/],
    ['\ufeff[]', /JSON/],
  ])('%s is refused', (text, message) => {
    expect(() => parse('f.json', text)).toThrow(message);
  });
});

describe('target groups in YAML', () => {
  it('scalars stay the text that was written', () => {
    const yaml =
      '- targets: [a:1, 8080, ~]\n  labels: {a: 1.50, b: true, c: 2020-01-01, d: null, e: "null", f: 0x1F}\n';
    expect(parse('f.YML', yaml)).toEqual([
      {
        source: 'f.YML:0',
        targets: [{ __address__: 'a:1' }, { __address__: '8080' }, {}],
        labels: {
          a: '1.50',
          b: 'true',
          c: '2020-01-01',
          e: 'null',
          f: '0x1F',
          __meta_filepath: 'f.YML',
        },
      },
    ]);
  });

  it.each([
    ['', 0],
    ['# nothing\n', 0],
    ['---\n- targets: [a:1]\n', 1],
    ['# c\n---\n- targets: [a:1]\n- targets: [b:1]\n', 2],
    ['%YAML 1.1\n---\n- targets: [a:1]\n', 1],
    ['- targets: [a:1]\n---\n- targets: [b:1]\n- targets: [c:1]\n', 1],
    ['- targets: [a:1]\n--- not yaml: [\n', 1],
    ['- targets: [a:1]\n...\n', 1],
    ['- targets: [a:1]\r\n---\r\n- targets: [b:1]\r\n', 1],
    ['- targets: ["---"]\n  labels:\n    a: |\n      ---\n- targets: [b:1]\n', 2],
    ['- targets: &t [a:1]\n- targets: *t\n', 2],
  ])('%j holds %d groups in its first document', (yaml, count) => {
    expect(parse('f.yml', yaml)).toHaveLength(count);
  });

  it.each([
    ['targets: [a:1]\n', 'expected a list of target groups'],
    ['- null\n', 'group 1: expected a mapping with targets and labels'],
    [
      '- targets: [a:1]\n  bogus: 1\n',
      'group 1: unknown field "bogus", expected targets or labels',
    ],
    ['- Targets: [a:1]\n', 'group 1: unknown field "Targets", expected targets or labels'],
    ['- targets: [[a]]\n', 'group 1, targets, item 1: expected a text'],
    ['- targets: [a:1]\n  targets: [b:1]\n', /^line 2, column 3: written twice/],
    ['- targets: [a:1\n', /^line /],
    ['-\ttargets: [a:1]\n', /^line /],
  ])('%j is refused', (yaml, message) => {
    expect(() => parse('f.yaml', yaml)).toThrow(message);
  });

  it('brackets nested without end are refused, not followed', () => {
    expect(() => parse('f.yml', `- targets: ${'['.repeat(20_000)}`)).toThrow('nested');
  });

  it('an address with half a character is told as it is, for what builds targets to refuse', () => {
    const half = (list: string) => parse('f.json', `[{"targets":${list}}]`)[0]?.targets;
    expect(half('["a\\ud800"]')).toEqual([{ __address__: 'a\ud800' }]);
    expect(half('["a\\ud800","b"]')).toEqual([{ __address__: 'a\ud800' }, { __address__: 'b' }]);
  });

  it('bytes that are no UTF-8 are refused', () => {
    expect(() => parse('f.yml', Buffer.of(0x2d, 0x20, 0xff))).toThrow('utf-8');
  });
});
