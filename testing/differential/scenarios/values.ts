import { type Scenario, text } from '../scenario.js';

const delicate = ['0', '-0', 'NaN', '+Inf', '-Inf', '1e-320', '5e-324', '1.7976931348623157e308'];

export const valueScenarios: readonly Scenario[] = [
  { name: 'changing-values' },
  {
    name: 'delicate-values',
    answer: (scrape) =>
      text(
        `a ${delicate[scrape]}`,
        'b 9007199254740993',
        'c 0.1',
        `d ${scrape % 2 ? 'nan' : '.5'}`,
      ),
  },
  {
    name: 'come-and-go-and-come-back',
    answer: (scrape) =>
      text('a 1', ...(scrape % 3 === 0 ? ['b 2'] : []), ...(scrape < 4 ? [] : ['c 3'])),
  },
  { name: 'other-series-each-time', answer: (scrape) => text(`a{n="${scrape}"} 1`, 'b 1') },
  { name: 'other-order', answer: (scrape) => (scrape % 2 ? 'a 1\nb 2\nc 3\n' : 'c 3\na 1\nb 2\n') },
  {
    name: 'duplicates',
    answer: (scrape) => (scrape < 4 ? text('a 1', `a ${scrape}`, 'b 1', 'a 1') : text('b 1')),
  },
  {
    name: 'two-spellings',
    answer: (scrape) => text('a{x="1",y="2"} 1', ...(scrape < 4 ? ['a{y="2",x="1"} 1'] : [])),
  },
  { name: 'empty-labels', answer: () => text('a{x=""} 1', 'b{x="",y="z"} 2') },
  { name: 'empty-body', answer: (scrape) => (scrape % 3 === 1 ? '' : 'a 1\nb 2\n') },
  { name: 'only-comments', answer: (scrape) => (scrape % 2 ? '# nothing\n' : 'a 1\n') },
  {
    name: 'large-body',
    scrapes: 4,
    job: { scrape_interval: '2s', scrape_timeout: '2s' },
    answer: (scrape) =>
      text(
        ...Array.from({ length: 20_000 }, (_, i) => `large{number="${i}"} ${scrape * i}`),
        ...(scrape === 2 ? [] : ['now_and_then 1']),
      ),
  },
];
