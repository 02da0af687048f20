import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScrapeConfig } from '../config/agent-config.js';
import { parseConfig } from '../config/load-config.js';
import type { TargetGroup } from '../discovery/discovery.js';
import { buildTargets } from './build-targets.js';
import { JobTargets } from './job-targets.js';
import type { Target } from './target.js';
import { joinPieces, type TargetChanges } from './target-changes.js';

function configOf(rules = ''): ScrapeConfig {
  const yaml = `scrape_configs: [{job_name: j, relabel_configs: [${rules}]}]`;
  return parseConfig(yaml, 'prometheus.yml').scrapeConfigs[0]!;
}

/** `a:1` is an address, `a:1 x=y` one with labels. */
function groupOf(...targets: string[]): TargetGroup {
  const labelsOf = (text: string) => {
    const [address, ...labels] = text.split(' ');
    return new Map([
      ['__address__', address!],
      ...labels.map((l) => l.split('=') as [string, string]),
    ]);
  };
  return { source: '0', targets: targets.map(labelsOf), labels: new Map() };
}

function run(update: Generator<TargetChanges | undefined, undefined>): {
  steps: number;
  changes: TargetChanges;
} {
  const pieces = [...update];
  return { steps: pieces.length, changes: joinPieces(pieces) };
}

/** It yields whenever it may. */
const spent = { spent: true };

function change(targets: JobTargets, ...found: string[]): TargetChanges {
  return run(targets.update([groupOf(...found)], spent)).changes;
}

const urls = (targets: readonly Target[]) => targets.map(({ url }) => url.slice(7, -8));

describe('JobTargets', () => {
  it.each<[what: string, last: string[], next: string[], added: string[], removed: string[]]>([
    ['nothing at first', [], ['a', 'b'], ['a', 'b'], []],
    ['nothing new', ['a', 'b'], ['a', 'b'], [], []],
    ['one more at the end', ['a'], ['a', 'b'], ['b'], []],
    ['one more in front', ['a'], ['b', 'a'], ['b'], []],
    ['one less in the middle', ['a', 'b', 'c'], ['a', 'c'], [], ['b']],
    ['one in place of another', ['a', 'b', 'c'], ['a', 'x', 'c'], ['x'], ['b']],
    ['another order', ['a', 'b', 'c'], ['c', 'a', 'b'], [], []],
    ['none left', ['a', 'b'], [], [], ['a', 'b']],
    ['one of two duplicates gone', ['a', 'a __meta_x=y'], ['a __meta_x=y'], [], []],
    ['a label that is no meta label', ['a x=1'], ['a x=2'], ['a'], ['a']],
  ])('%s', (_what, last, next, added, removed) => {
    const targets = new JobTargets(configOf());
    change(targets, ...last);
    const changes = change(targets, ...next);
    expect([urls(changes.added), urls(changes.removed)]).toEqual([added, removed]);
    expect(changes.replanned).toEqual([]);
  });

  it('another interval replans a target, other meta labels refresh it', () => {
    const targets = new JobTargets(configOf());
    change(targets, 'a', 'b');
    const changes = change(targets, 'a __scrape_interval__=30s', 'b __meta_x=y');
    expect([urls(changes.replanned), urls(changes.refreshed)]).toEqual([['a'], ['b']]);
    expect([changes.added, changes.removed]).toEqual([[], []]);
  });

  it('other histogram settings replan a target', () => {
    const targets = new JobTargets(configOf());
    change(targets, 'a');
    const changes = change(targets, 'a __convert_classic_histograms_to_nhcb__=true');
    expect(changes.replanned).toMatchObject([
      { histograms: { convertClassicHistogramsToNhcb: true } },
    ]);
  });

  it('a duplicate takes over when the first is gone', () => {
    const targets = new JobTargets(configOf());
    change(targets, 'a', 'a __scrape_interval__=30s');
    expect([...targets.dropped()]).toMatchObject([{ reason: 'duplicate' }]);
    const { replanned, removed } = change(targets, 'a __scrape_interval__=30s');
    expect([replanned, removed]).toMatchObject([[{ intervalMs: 30_000 }], []]);
    expect([[...targets.dropped()], targets.droppedCount]).toEqual([[], 0]);
  });

  it('one changed target of many is the only one that is made again', () => {
    const targets = new JobTargets(configOf());
    const many = Array.from({ length: 100 }, (_, i) => `host${i}`);
    change(targets, ...many);
    const before = run(targets.update([groupOf(...many)], spent)).steps;
    const { steps, changes } = run(targets.update([groupOf(...many.with(50, 'other'))], spent));
    expect([urls(changes.added), urls(changes.removed)]).toEqual([['other'], ['host50']]);
    expect(steps).toBeLessThan(before + 10);
  });

  it('another configuration looks at everything anew and keeps who stays the same', () => {
    const targets = new JobTargets(configOf());
    change(targets, 'a', 'b', 'c');
    targets.setConfig(configOf('{action: drop, source_labels: [__address__], regex: b}'));
    const changes = change(targets, 'a', 'b', 'c');
    expect([changes.added, urls(changes.removed)]).toEqual([[], ['b']]);
    expect(targets.droppedCount).toBe(1);
  });

  it('over target_limit all are planned anew, and under it again', () => {
    const targets = new JobTargets({ ...configOf(), targetLimit: 2 });
    change(targets, 'a', 'b');
    const over = change(targets, 'a', 'b', 'c');
    expect([urls(over.added), urls(over.replanned), targets.isOverLimit]).toEqual([
      ['c'],
      ['a', 'b'],
      true,
    ]);
    expect(change(targets, 'a', 'b', 'c', 'd').replanned).toEqual([]);
    const under = change(targets, 'a', 'd');
    expect([urls(under.replanned), targets.isOverLimit]).toEqual([['a', 'd'], false]);
  });

  it('says once what is invalid', () => {
    const targets = new JobTargets(configOf());
    change(targets, 'a', 'http://b/');
    expect(targets.takeInvalid()).toHaveLength(1);
    change(targets, 'c', 'http://b/');
    expect(targets.takeInvalid()).toEqual([]);
    change(targets, 'c');
    expect(targets.droppedCount).toBe(0);
  });

  const found = fc.array(
    fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'd', 'x/y'),
      fc.constantFrom('', ' __meta_m=1', ' l=1'),
    ),
    { maxLength: 12 },
  );
  it.each([
    ['groups are made anew', false],
    ['the same group is given again', true],
  ])('ends where building at once would, whatever came before: %s', (_, isGivenAgain) => {
    const pool = new Map<string, TargetGroup>();
    const pooled = (text: string) => pool.get(text) ?? groupOf(text);
    const groupsOf = (texts: readonly string[]) => {
      if (!isGivenAgain) return [groupOf(...texts)];
      for (const text of texts) pool.set(text, pooled(text));
      return texts.map(pooled);
    };
    const config = configOf('{action: drop, source_labels: [__address__], regex: d}');
    const ids = (targets: Iterable<Target>) => [...targets].map(({ id }) => id).toSorted();
    fc.assert(
      fc.property(fc.array(found, { minLength: 1, maxLength: 5 }), (rounds) => {
        const targets = new JobTargets(config);
        const known = new Map<string, Target>();
        for (const round of rounds) {
          const groups = groupsOf(round.map((one) => one.join('')));
          const { changes } = run(targets.update(groups, spent));
          for (const { id } of changes.removed) expect(known.delete(id)).toBe(true);
          for (const target of changes.added) {
            expect(known.has(target.id)).toBe(false);
            known.set(target.id, target);
          }
          const atOnce = buildTargets(config, groups);
          expect(ids(known.values())).toEqual(ids(atOnce.targets));
          expect(targets.droppedCount).toBe(atOnce.dropped.length);
          expect([...targets.dropped()]).toHaveLength(atOnce.dropped.length);
        }
      }),
    );
  });
});
