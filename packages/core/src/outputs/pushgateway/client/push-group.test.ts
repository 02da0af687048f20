import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { unescapeName } from '../../../exposition/render/escape-name.js';
import { gatewayUrl } from './gateway-url.js';
import { groupPath, type PushGroup } from './push-group.js';

const recorded = new URL(
  '../../../../../../../shared/conformance/pushgateway_client.jsonl',
  import.meta.url,
);

interface RecordedCase extends PushGroup {
  readonly id: string;
  readonly expect: { readonly canonical_path: string };
}

describe.skipIf(!existsSync(recorded))('recorded: the path of a group', () => {
  const lines = existsSync(recorded) ? readFileSync(recorded, 'utf8').trim().split('\n') : [];
  const cases = lines.map((line) => JSON.parse(line) as RecordedCase);
  it.each(cases)('$id $job $grouping', ({ job, grouping, expect: { canonical_path } }) => {
    expect(groupPath({ job, grouping })).toBe(canonical_path);
  });
});

describe('the path of a group', () => {
  it.each<[string, PushGroup, string]>([
    ['sorts labels', { job: 'j', grouping: { b: '2', a: '1' } }, '/metrics/job/j/a/1/b/2'],
    ['slash', { job: 'a/b', grouping: {} }, '/metrics/job@base64/YS9i'],
    ['nothing', { job: 'j', grouping: { i: '' } }, '/metrics/job/j/i@base64/='],
    ['dots', { job: '.', grouping: { i: '..' } }, '/metrics/job@base64/Lg/i@base64/Li4'],
    ['plus and space', { job: 'a+b c', grouping: {} }, '/metrics/job/a%2Bb%20c'],
    ['what URLs leave', { job: "!'()*~", grouping: {} }, '/metrics/job/%21%27%28%29%2A~'],
    ['a dotted name', { job: 'j', grouping: { 'a.b': '1' } }, '/metrics/job/j/U__a_2e_b/1'],
    [
      'a dotted name with a slash in its value',
      { job: 'j', grouping: { 'a.b': '/' } },
      '/metrics/job/j/U__a_2e_b@base64/Lw',
    ],
    ['half a surrogate pair', { job: '\ud800', grouping: {} }, '/metrics/job/%EF%BF%BD'],
  ])('%s', (_name, group, path) => {
    expect(groupPath(group)).toBe(path);
  });

  it.each<[string, PushGroup]>([
    ['no job', { job: '', grouping: {} }],
    ['the job twice', { job: 'j', grouping: { job: 'k' } }],
    ['a reserved label', { job: 'j', grouping: { __name__: 'x' } }],
    ['a label without a name', { job: 'j', grouping: { '': 'x' } }],
  ])('is refused: %s', (_name, group) => {
    expect(() => groupPath(group)).toThrow(expect.objectContaining({ code: 'PUSH_INVALID' }));
  });

  test('holds every job and label, through the parser of URLs', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.dictionary(
          name.filter((one) => one !== 'job' && !/^(__|U__)/.test(one)),
          fc.string({ unit: 'grapheme' }),
          { maxKeys: 3, noNullPrototype: true },
        ),
        (job, grouping) => {
          const url = new URL(`http://gateway/prefix${groupPath({ job, grouping })}`);
          expect(readPath(url.pathname.slice('/prefix/metrics/'.length))).toEqual({
            ...grouping,
            job,
          });
        },
      ),
    );
  });
});

/** As a gateway reads it. */
function readPath(path: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const parts = path.split('/');
  for (let i = 0; i < parts.length; i += 2) {
    const [name = '', coding] = parts[i]!.split('@');
    const value = decodeURIComponent(parts[i + 1]!);
    const isCoded = coding === 'base64';
    labels[unescapeName(name, 'values')] = isCoded
      ? Buffer.from(value, 'base64url').toString()
      : value;
  }
  return labels;
}

describe('the URL of a gateway', () => {
  it.each([
    ['http://gw:9091', 'http://gw:9091'],
    ['http://gw:9091/', 'http://gw:9091'],
    ['gw:9091', 'http://gw:9091'],
    ['gw', 'http://gw'],
    ['https://u:p@gw/prefix//', 'https://u:p@gw/prefix'],
  ])('%s', (text, url) => {
    expect(gatewayUrl(text)).toBe(url);
  });

  it.each(['', 'ftp://gw', 'http://', 'http://gw?x=1', 'http://gw#x', 'gw:port'])(
    'is refused: %s',
    (text) => {
      expect(() => gatewayUrl(text)).toThrow(expect.objectContaining({ code: 'PUSH_INVALID' }));
    },
  );
});
