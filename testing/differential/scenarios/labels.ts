import { type Addresses, type Scenario, text } from '../scenario.js';

const clashing = () =>
  text(
    'a{job="x",instance="y"} 1',
    'a{job="x",exported_job="y"} 2',
    'a{job="x",exported_job="y",exported_exported_job="z"} 3',
    'a{exported_job="only"} 4',
    'a{job=""} 5',
    'a{zone="",exported_zone="q"} 6',
    'a{zone="1"} 7',
    'b{instance=""} 8',
  );

const withLabels =
  (scenario: string, labels: object, job: object = {}) =>
  ({ exporter }: Addresses) => ({
    ...job,
    static_configs: [{ targets: [exporter], labels: { scenario, ...labels } }],
  });

const zones = { zone: 'z', exported_zone: 'own' };

export const labelScenarios: readonly Scenario[] = [
  { name: 'clashing-labels', answer: clashing },
  { name: 'clashing-labels-honoured', job: { honor_labels: true }, answer: clashing },
  { name: 'clashing-exported', job: withLabels('clashing-exported', zones), answer: clashing },
  {
    name: 'clashing-exported-honoured',
    job: withLabels('clashing-exported-honoured', zones, { honor_labels: true }),
    answer: clashing,
  },
  {
    name: 'exposed-synthetic',
    answer: (scrape) => text(...(scrape % 2 ? ['up 7', 'scrape_samples_scraped 7'] : ['a 1'])),
  },
  {
    name: 'exposed-name-label',
    answer: (scrape) => text(scrape % 2 ? 'a{__name__="b"} 1' : 'a 1'),
  },
  {
    name: 'external-labels',
    answer: () => text('a 1', 'a{cluster="exposed"} 2', 'b{cluster=""} 3'),
  },
  {
    name: 'external-labels-of-a-target',
    job: withLabels('external-labels-of-a-target', { cluster: 'own' }),
    answer: () => text('a 1', 'a{cluster="exposed"} 2', 'b{cluster=""} 3'),
  },
  {
    name: 'long-labels',
    answer: (scrape) => text(`a{${'x'.repeat(1000)}="${'y'.repeat(70_000)}"} ${scrape}`, 'b 1'),
  },
  {
    name: 'exposed-names-of-targets',
    answer: () => text('a{__address__="x",__meta_y="z",__x="y"} 1', 'b{__param_a="1"} 2'),
  },
  { name: 'label-order', answer: () => text('a{z="1",B="2",_c="3",a="4",Z="5","ü"="6"} 1') },
  { name: 'escapes', answer: () => text('a{b="\\\\ \\" \\n \\q",c="größe 😀"} 1', 'a{b="\t"} 2') },
];
