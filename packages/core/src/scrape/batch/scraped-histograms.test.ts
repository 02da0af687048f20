import { expect, test } from 'vitest';
import { CommentTable } from '../../exposition/comment-table.js';
import { ParsedBody } from '../../exposition/parsed-body.js';
import { SharedKeys } from '../../exposition/shared-keys.js';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import { defaultScrapeJob, type ScrapeJob } from '../../targets/scrape-job.js';
import { decodeLabels } from '../series/decode-labels.contract.js';
import { LabelEncoder } from '../series/label-encoder.js';
import { SeriesBudget } from '../series/series-budget.js';
import { createSeriesPolicy } from '../series/series-policy.js';
import { createShardCounters } from '../shard/shard-counters.js';
import { TargetSeries } from './target-series.js';

const encoder = new LabelEncoder(new Map());
const targetLabels = new Map([['job', 'j']]);
const syntheticCount = 5;

/** A target whose classic histograms become native ones with custom buckets. */
function start(patch: Partial<ScrapeJob> = {}) {
  const job: ScrapeJob = {
    ...defaultScrapeJob,
    convertClassicHistogramsToNhcb: true,
    name: 'j',
    http: plainHttpClient,
    ...patch,
  };
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
  });
  const parsed = new ParsedBody();
  const nameOf = (ref: number) => decodeLabels(series.batch.series.labelBytes(ref))['__name__'];
  let nowMs = 0;
  const scrape = (text: string | undefined) => {
    series.settle();
    nowMs += 1000;
    const body = Buffer.from(text ?? '');
    try {
      if (text === undefined) throw new Error('no answer');
      series.read('text', body, body.length, parsed);
      series.accept(body.length, parsed, nowMs, () => 0);
    } catch {
      series.fail(nowMs, 0);
    }
    const { batch } = series;
    const plain = batch.count - syntheticCount;
    return {
      up: batch.values[plain],
      added: batch.values[plain + 4],
      layout: batch.layout,
      samples: Array.from(batch.refs.subarray(0, plain), nameOf),
      histograms: Array.from(
        { length: batch.histograms?.count ?? 0 },
        (_, i) => `${nameOf(batch.histograms!.refs[i]!)} ${batch.histograms!.samples[i]!.count}`,
      ),
      stale: Array.from(batch.staleRefs.subarray(0, batch.staleCount), nameOf),
    };
  };
  return { scrape };
}

const histogram = (count: number): string =>
  `# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} ${count}\nh_sum 5\nh_count ${count}\n`;

test('histograms go beside the samples, which keep their layout', () => {
  const { scrape } = start();
  const first = scrape(`a 1\n${histogram(3)}b 2\n`);
  expect(first).toEqual({
    ...{ up: 1, added: 3, layout: 1, samples: ['a', 'b'] },
    ...{ histograms: ['h 3'], stale: [] },
  });
  const again = scrape(`a 1\n${histogram(4)}b 2\n`);
  expect(again).toEqual({ ...first, added: 0, histograms: ['h 4'] });
});

test('a histogram that is missing gets a marker, once', () => {
  const { scrape } = start();
  scrape(`a 1\n${histogram(3)}`);
  expect(scrape('a 1\n')).toMatchObject({ samples: ['a'], histograms: [], stale: ['h'] });
  expect(scrape('a 1\n')).toMatchObject({ histograms: [], stale: [] });
  expect(scrape(`a 1\n${histogram(3)}`)).toMatchObject({
    histograms: ['h 3'],
    added: 1,
    stale: [],
  });
});

test('a failed scrape marks histograms too', () => {
  const { scrape } = start();
  scrape(`a 1\n${histogram(3)}`);
  expect(scrape(undefined)).toMatchObject({ up: 0, histograms: [], stale: ['a', 'h'] });
});

test('a histogram counts once for sample_limit', () => {
  const { scrape } = start({ sampleLimit: 2 });
  expect(scrape(`a 1\n${histogram(3)}`)).toMatchObject({ up: 1, histograms: ['h 3'] });
  expect(scrape(`a 1\n${histogram(3)}b 1\n`)).toMatchObject({ up: 0, histograms: [] });
});

test('custom buckets over native_histogram_bucket_limit refuse the scrape', () => {
  const { scrape } = start({ nativeHistogramBucketLimit: 1 });
  expect(scrape(`a 1\n${histogram(3)}`)).toMatchObject({ up: 0, histograms: [], samples: [] });
  expect(scrape('a 1\n')).toMatchObject({ up: 1, samples: ['a'] });
});
