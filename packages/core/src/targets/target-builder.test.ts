import { describe, expect, it } from 'vitest';
import { parseConfig } from '../config/load-config.js';
import type { TargetGroup } from '../discovery/discovery.js';
import { buildTargets } from './build-targets.js';

function configOf(rules: string) {
  const yaml = `scrape_configs: [{job_name: j, relabel_configs: [${rules}]}]`;
  return parseConfig(yaml, 'prometheus.yml').scrapeConfigs[0]!;
}

/** One target a group, each with labels of its own. */
function groupsOf(count: number, labelsOf: (i: number) => [string, string][]): TargetGroup[] {
  return Array.from({ length: count }, (_, i) => ({
    source: String(i),
    targets: [new Map([['__address__', `h${i}:1`]])],
    labels: new Map(labelsOf(i)),
  }));
}

/** What each becomes when it is the only one. */
function oneByOne(config: ReturnType<typeof configOf>, groups: TargetGroup[]) {
  return groups.flatMap((group) => buildTargets(config, [group]).targets);
}

const facts = ({ id, url, labels, intervalMs }: ReturnType<typeof oneByOne>[number]) => ({
  id,
  url,
  labels,
  intervalMs,
});

describe('targets that are built together', () => {
  it.each<[what: string, rules: string, labelsOf: (i: number) => [string, string][]]>([
    ['share what few values say', '', (i) => [['zone', String(i % 7)]]],
    [
      'have thousands of values',
      '',
      (i) => [
        ['a', `a${i}`],
        ['b', `b${i}`],
        ['c', `c${i}`],
      ],
    ],
    [
      'have names of their own',
      '{action: labelmap, regex: __meta_(.+)}',
      (i) => [[`__meta_m${i}`, 'x']],
    ],
    ['hold what is packed otherwise', '', (i) => [['a', i % 3 === 0 ? '\u0000\u0001' : 'x']]],
    ['are scraped as they say', '', (i) => [['__scrape_interval__', `${20 + (i % 3)}s`]]],
    ['have parameters', '', (i) => (i % 2 === 0 ? [['__param_p', String(i)]] : [])],
    [
      'are dropped in between',
      '{action: drop, source_labels: [d], regex: "1"}',
      (i) => [['d', String(i % 4)]],
    ],
  ])('%s, and are what each would be alone', (_what, rules, labelsOf) => {
    const config = configOf(rules);
    const groups = groupsOf(1_500, labelsOf);
    const together = buildTargets(config, groups).targets;
    expect(together.map(facts)).toEqual(oneByOne(config, groups).map(facts));
  });

  it('one with half a character is invalid, the others are built', () => {
    const groups = groupsOf(600, (i) => [['a', i === 300 ? '\ud800' : 'x']]);
    const { targets, dropped } = buildTargets(configOf(''), groups);
    expect([targets.length, dropped.map(({ reason }) => reason)]).toEqual([599, ['invalid']]);
  });
});
