import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.js';
import type { TargetGroup } from '../discovery.js';
import { parseTargetGroupFile } from './parse-target-group-file.js';
import { readTargetFile } from './target-file.js';
import { readTargetGroupFile } from './target-group-file.js';
import { canReadYamlAside, YamlThreadError, yamlAsJson } from './yaml-aside.js';

const clock = new ManualClock();
const threads = { signal: new AbortController().signal };
/** So long that a thread reads it. */
const padding = `# ${'x'.repeat(3_000)}\n`;
const yamlOf = (groups: unknown) => padding + JSON.stringify(groups);

function read(yaml: string, last?: Awaited<ReturnType<typeof readTargetGroupFile>>) {
  return readTargetGroupFile('f.yml', Buffer.from(yaml), clock, last?.list, threads);
}

const plain = (groups: readonly TargetGroup[]) =>
  groups.map(({ source, targets, labels }) => ({
    source,
    targets: targets.map((target) => [...target]),
    labels: [...labels],
  }));

describe('long YAML, which a thread reads', () => {
  it('is read by a thread here', () => expect(canReadYamlAside()).toBe(true));

  it('holds the groups that it holds where it is read in place', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 8 });
    const group = fc.record(
      {
        targets: fc.array(text, { maxLength: 3 }),
        labels: fc.dictionary(text.filter(Boolean), fc.option(text), { maxKeys: 3 }),
      },
      { requiredKeys: [] },
    );
    const property = fc.asyncProperty(fc.array(group, { maxLength: 40 }), async (groups) => {
      const yaml = yamlOf(groups);
      const inPlace = parseTargetGroupFile('f.yml', Buffer.from(yaml));
      expect(plain((await read(yaml)).groups)).toEqual(plain(inPlace));
    });
    await fc.assert(property, { numRuns: 15 });
  }, 120_000);

  it.each([
    ['- targets: [a:1', /line 2, column \d+: /],
    ['- targets: a:1', /^group 1, targets: expected a list of host:port$/],
    ['- {targets: [a:1], label: {}}', /^group 1: unknown field "label"/],
    ['a: b', /^expected a list of target groups$/],
  ])('says what is wrong with %s', async (yaml, message) => {
    const error = await read(padding + yaml).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message).toMatch(message);
    expect(error).not.toBeInstanceOf(YamlThreadError);
  });

  it('gives again the groups that did not change', async () => {
    const groups = ['a:1', 'b:1', 'c:1'].map((target) => ({ targets: [target], labels: {} }));
    const before = await read(yamlOf(groups));
    groups[1]!.targets = ['b:2'];
    const after = await read(yamlOf(groups), before);
    expect(after.groups.map((one, i) => one === before.groups[i])).toEqual([true, false, true]);
  });

  it('is given up when the discovery stops', async () => {
    const stop = new AbortController();
    const reading = yamlAsJson('f.yml', Buffer.from(padding), stop.signal);
    stop.abort();
    await expect(reading).rejects.toBeInstanceOf(YamlThreadError);
  });

  it('is read again where a thread gave no answer, though the file is the same', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'prom-agent-yaml-'));
    const path = join(folder, 'f.yml');
    await writeFile(path, yamlOf([{ targets: ['a:1'] }]));
    const good = await readTargetFile(path, undefined, clock, threads);
    await writeFile(path, yamlOf([{ targets: ['a:2'] }]));
    const failed = await readTargetFile(path, good, clock, { signal: AbortSignal.abort() });
    expect(failed?.groups).toEqual(good?.groups);
    expect(failed?.problem).toBe(`${path}: its discovery has stopped`);
    const again = await readTargetFile(path, failed, clock, threads);
    expect(again?.problem).toBeUndefined();
    expect(again?.groups[0]?.targets[0]?.get('__address__')).toBe('a:2');
    await rm(folder, { recursive: true });
  });
});
