import { type Scenario, text } from '../scenario.js';

/** Bodies that are within a limit, over it, and within again. */
const overNowAndThen: Pick<Scenario, 'answer'> = {
  answer: (scrape) =>
    text(
      'a 1',
      'b{x="1"} 2',
      ...([2, 5, 6].includes(scrape)
        ? ['c{long_name_of_a_label="a long value",y="1",z="2"} 3']
        : []),
      'd 4',
    ),
};

function limited(name: string, job: object): Scenario {
  return { name, job, ...overNowAndThen };
}

const rename = { source_labels: ['__name__'], regex: 'c', action: 'drop' };

export const limitScenarios: readonly Scenario[] = [
  limited('sample-limit', { sample_limit: 3 }),
  limited('sample-limit-of-all', { sample_limit: 1 }),
  limited('sample-limit-after-relabelling', { sample_limit: 3, metric_relabel_configs: [rename] }),
  // job, instance, scenario and __name__ are four.
  limited('label-limit', { label_limit: 6 }),
  limited('label-limit-of-target', { label_limit: 3 }),
  limited('label-name-length-limit', { label_name_length_limit: 15 }),
  limited('label-value-length-limit', { label_value_length_limit: 11 }),
  limited('body-size-limit', { body_size_limit: '40B' }),
  limited('body-size-limit-exact', {
    body_size_limit: `${text('a 1', 'b{x="1"} 2', 'd 4').length}B`,
  }),
  limited('body-size-limit-uncompressed', { body_size_limit: '40B', enable_compression: false }),
  limited('sample-and-label-limit', { sample_limit: 3, label_limit: 5 }),
  {
    name: 'sample-limit-of-duplicates',
    job: { sample_limit: 2 },
    answer: () => text('a 1', 'a 2', 'b 3', 'b 4'),
  },
  {
    name: 'sample-limit-of-timestamps',
    job: { sample_limit: 2 },
    answer: (scrape, startMs) =>
      text(`a 1 ${startMs + scrape * 10}`, `a 1 ${startMs}`, `b 1 ${startMs + 3_600_000}`),
  },
  {
    name: 'target-limit',
    job: ({ exporter, other }) => ({
      target_limit: 1,
      ...targets('target-limit', exporter, other),
    }),
  },
  {
    name: 'target-limit-reached',
    job: ({ exporter, other }) => ({
      target_limit: 2,
      ...targets('target-limit-reached', exporter, other),
    }),
  },
  {
    name: 'utf-8-length-limits',
    job: { label_value_length_limit: 19, label_name_length_limit: 12 },
    answer: (scrape) => text('a 1', ['b{x="größe"} 1', 'b{x="größegrößegröße"} 1'][scrape % 2]!),
  },
];

function targets(scenario: string, ...addresses: readonly string[]): object {
  return {
    static_configs: addresses.map((address, i) => ({
      targets: [address],
      labels: { scenario, target: String(i) },
    })),
  };
}
