import { type Scenario, text } from '../scenario.js';

const body = (scrape: number) =>
  text(
    `a{x="1",y="Q"} ${scrape}`,
    `a{x="2",y="R"} ${scrape}`,
    'b{tmp_x="3",other="4"} 1',
    ...(scrape % 3 === 0 ? ['c{x="1"} 5'] : []),
  );

function relabelled(name: string, ...rules: readonly object[]): Scenario {
  return { name: `relabel-${name}`, job: { metric_relabel_configs: rules }, answer: body };
}

function target(name: string, ...rules: readonly object[]): Scenario {
  return { name: `target-${name}`, job: { relabel_configs: rules }, scrapes: 5 };
}

export const relabelScenarios: readonly Scenario[] = [
  relabelled('replace', {
    source_labels: ['x', 'y'],
    regex: '(.);(.)',
    target_label: 'z',
    replacement: '${2}_$1',
  }),
  relabelled('rename', {
    source_labels: ['__name__'],
    regex: 'a',
    target_label: '__name__',
    replacement: 'q',
  }),
  relabelled(
    'into-a-clash',
    { source_labels: ['__name__'], regex: 'a|c', target_label: '__name__', replacement: 'b' },
    { regex: 'x|y', action: 'labeldrop' },
  ),
  relabelled('keep', { source_labels: ['__name__'], regex: 'a|c', action: 'keep' }),
  relabelled('drop', { source_labels: ['x'], regex: '2', action: 'drop' }),
  relabelled('drop-all', { regex: '.*', action: 'drop' }),
  relabelled('keepequal', { source_labels: ['x'], target_label: 'other', action: 'keepequal' }),
  relabelled('dropequal', { source_labels: ['x'], target_label: 'other', action: 'dropequal' }),
  relabelled('hashmod', { source_labels: ['x'], target_label: 'h', modulus: 7, action: 'hashmod' }),
  relabelled('labelmap', { regex: 'tmp_(.*)', replacement: 'mapped_$1', action: 'labelmap' }),
  relabelled('labeldrop', { regex: 'tmp_.*|y|job', action: 'labeldrop' }),
  relabelled('labelkeep', { regex: '__name__|x|scenario', action: 'labelkeep' }),
  relabelled('lowercase', { source_labels: ['y'], target_label: 'y', action: 'lowercase' }),
  relabelled('uppercase', { source_labels: ['__name__'], target_label: 'y', action: 'uppercase' }),
  relabelled('away-with-the-name', { regex: '__name__', action: 'labeldrop' }),
  relabelled('name-emptied', {
    source_labels: ['__name__'],
    regex: 'b',
    target_label: '__name__',
    replacement: '',
  }),
  relabelled(
    'hidden-labels',
    { target_label: '__tmp', replacement: 'x' },
    { target_label: '__keep__', replacement: 'y' },
  ),
  relabelled('into-synthetic', {
    source_labels: ['__name__'],
    regex: 'b',
    target_label: '__name__',
    replacement: 'up',
  }),
  target('interval', { target_label: '__scrape_interval__', replacement: '3s' }),
  target('timeout', { target_label: '__scrape_timeout__', replacement: '1s' }),
  target(
    'interval-and-timeout',
    { target_label: '__scrape_interval__', replacement: '1s' },
    { target_label: '__scrape_timeout__', replacement: '1s' },
  ),
  target('param', { target_label: '__param_q', replacement: 'v' }),
  target(
    'instance',
    { target_label: 'instance', replacement: 'mine' },
    { target_label: 'job', replacement: 'theirs' },
  ),
  {
    name: 'target-timeout-that-hangs',
    job: { relabel_configs: [{ target_label: '__scrape_timeout__', replacement: '1500ms' }] },
    answer: (scrape) => (scrape % 2 ? () => {} : `m ${scrape}\n`),
  },
];
