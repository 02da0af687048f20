import { expect, it } from 'vitest';
import { CommentTable } from '../../exposition/comment-table.js';
import { ParsedBody } from '../../exposition/parsed-body.js';
import { SharedKeys } from '../../exposition/shared-keys.js';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import { defaultScrapeJob, type ScrapeJob } from '../../targets/scrape-job.js';
import { LabelEncoder } from '../series/label-encoder.js';
import { SeriesBudget } from '../series/series-budget.js';
import { createSeriesPolicy } from '../series/series-policy.js';
import { createShardCounters } from '../shard/shard-counters.js';
import { TargetSeries } from './target-series.js';

function scene(isWanted = true) {
  const encoder = new LabelEncoder(new Map());
  const targetLabels = new Map([['job', 'j']]);
  const job: ScrapeJob = { ...defaultScrapeJob, name: 'j', http: plainHttpClient };
  const starts = { isWanted };
  const series = new TargetSeries({
    targetId: 't',
    targetLabels,
    job,
    timeoutMs: 1000,
    decide: createSeriesPolicy({ targetLabels, job, relabeller: undefined, encoder }),
    encoder,
    comments: new CommentTable(),
    texts: new SharedKeys(),
    labels: new SharedKeys(),
    counters: createShardCounters(),
    budget: new SeriesBudget(0),
    starts,
  });
  const parsed = new ParsedBody();
  let timestampMs = 1e12;
  const scrape = (lines: readonly string[]) => {
    const body = Buffer.from([...lines, '# EOF', ''].join('\n'));
    timestampMs += 1000;
    series.read('openmetrics', body, body.length, parsed);
    series.accept(body.length, parsed, timestampMs, () => 0);
    series.settle();
    const { batch } = series;
    const told = batch.createdMs && [...batch.createdMs.subarray(0, lines.length)];
    return { layout: batch.layout, told: told?.filter((one) => one !== undefined) };
  };
  return { scrape, starts };
}

const counter = (value: number, created: number) => [
  '# TYPE a counter',
  `a_total{x="1"} ${value}`,
  `a_created{x="1"} ${created}`,
];
const { NaN: none } = Number;

it('samples tell when their series began, the _created ones stay', () => {
  const { scrape } = scene();
  const body = [
    ...counter(5, 1.7e9),
    '# TYPE h histogram',
    'h_bucket{le="1"} 1',
    'h_bucket{le="+Inf"} 2',
    'h_count 2',
    'h_sum 3',
    'h_created 1.6e9',
    '# TYPE g gauge',
    'g 1',
  ];
  const { told } = scrape(body);
  const histogram = [1.6e12, 1.6e12, 1.6e12, 1.6e12, none];
  // Behind them the synthetic ones.
  expect(told).toEqual([1.7e12, none, ...histogram, none, none, none, none]);
});

it('as long as nothing began anew it is one layout', () => {
  const { scrape } = scene();
  const first = scrape(counter(1, 1.5e9));
  expect(scrape(counter(2, 1.5e9))).toEqual(first);
  const restarted = scrape(counter(0, 1.6e9));
  expect(restarted.told?.[0]).toBe(1.6e12);
  expect(restarted.layout).not.toBe(first.layout);
  expect(scrape(counter(1, 1.6e9))).toEqual(restarted);
});

it('without an output that wants to know nothing is told', () => {
  const { scrape, starts } = scene(false);
  const { layout, told } = scrape(counter(1, 1.5e9));
  expect(told).toBeUndefined();
  starts.isWanted = true;
  const wanted = scrape(counter(2, 1.5e9));
  expect(wanted.told?.[0]).toBe(1.5e12);
  expect(wanted.layout).not.toBe(layout);
});

it('a body without such lines tells nothing', () => {
  const { scrape } = scene();
  expect(scrape(['# TYPE a counter', 'a_total 1']).told).toBeUndefined();
});
