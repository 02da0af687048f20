import fc from 'fast-check';
import { expect, test } from 'vitest';
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

const encoder = new LabelEncoder(new Map());
const targetLabels = new Map([['job', 'j']]);
const syntheticNames = ['up', 'scrape_duration_seconds', 'scrape_samples_scraped'];

function createSeries(patch: Partial<ScrapeJob> = {}): TargetSeries {
  const job: ScrapeJob = { ...defaultScrapeJob, name: 'j', http: plainHttpClient, ...patch };
  return new TargetSeries({
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
}

function ingest(series: TargetSeries, body: Uint8Array, timestampMs: number, parsed: ParsedBody) {
  series.read('text', body, body.length, parsed);
  series.accept(body.length, parsed, timestampMs, () => 0);
}

const nameOf = new Map<string, string>();

function bytesOf(name: string): string {
  const key = Buffer.from(encoder.encode(new Map([...targetLabels, ['__name__', name]]))).toString(
    'latin1',
  );
  nameOf.set(key, name);
  return key;
}

for (const name of syntheticNames) bytesOf(name);
for (const name of ['scrape_samples_post_metric_relabeling', 'scrape_series_added']) bytesOf(name);

/** The batch as plain data, by metric name. */
function read(series: TargetSeries): { samples: Map<string, number>; stale: Set<string> } {
  const { batch } = series;
  const text = (ref: number) =>
    nameOf.get(Buffer.from(batch.series.labelBytes(ref)).toString('latin1')) ?? 'unknown';
  const samples = new Map<string, number>();
  for (let i = 0; i < batch.count; i++) {
    const name = text(batch.refs[i]!);
    expect(samples.has(name)).toBe(false);
    samples.set(name, batch.values[i]!);
  }
  const stale = new Set<string>();
  for (let i = 0; i < batch.staleCount; i++) stale.add(text(batch.staleRefs[i]!));
  return { samples, stale };
}

const names = Array.from({ length: 12 }, (_, i) => `m${i}`);
for (const name of names) bytesOf(name);

const line = fc.record({
  name: fc.constantFrom(...names),
  value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  spaces: fc.constantFrom(' ', '  ', '\t'),
});
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('body' as const), lines: fc.array(line) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'repeat' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'fail' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'garbage' as const }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One target and, beside it, what a reader of Prometheus' rules would expect of it. */
class Tick {
  readonly #series = createSeries();
  readonly #parsed = new ParsedBody();
  #live = new Map<string, number>();
  #lines: { name: string; value: number; spaces: string }[] = [];
  #timestampMs = 0;

  run(one: Step): void {
    this.#timestampMs += 1000;
    if (one.kind === 'body') this.#lines = one.lines;
    const isGood = one.kind === 'body' || one.kind === 'repeat';
    const now = isGood ? this.#good() : this.#bad(one.kind === 'garbage');
    const { samples, stale } = read(this.#series);
    expect(samples.get('up')).toBe(isGood ? 1 : 0);
    for (const name of nameOf.values()) if (!name.startsWith('m')) samples.delete(name);
    expect(samples).toEqual(now);
    expect(stale).toEqual(new Set([...this.#live.keys()].filter((name) => !now.has(name))));
    this.#live = now;
    this.#series.settle();
  }

  #good(): Map<string, number> {
    const text = this.#lines.map(
      ({ name, value, spaces }) => `${name}${spaces}${Object.is(value, -0) ? '-0' : value}\n`,
    );
    this.#ingest(text.join(''));
    const now = new Map<string, number>();
    for (const { name, value } of this.#lines) if (!now.has(name)) now.set(name, value);
    return now;
  }

  #bad(garbage: boolean): Map<string, number> {
    if (garbage) expect(() => this.#ingest('m1 1\nnew_one 2\n{{{\n')).toThrow();
    this.#series.fail(this.#timestampMs, 0);
    return new Map();
  }

  #ingest(text: string): void {
    const body = Buffer.from(text);
    ingest(this.#series, body, this.#timestampMs, this.#parsed);
  }
}

test('any sequence of bodies and failures gives the samples and markers Prometheus would write', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const tick = new Tick();
      for (const one of steps) tick.run(one);
    }),
    { numRuns: 300 },
  );
});

test('the layout stands for the list of series: same layout, same refs', () => {
  fc.assert(
    fc.property(fc.array(fc.subarray(names), { maxLength: 20 }), (bodies) => {
      const series = createSeries();
      const parsed = new ParsedBody();
      const seen = new Map<number, string>();
      for (const [i, body] of bodies.entries()) {
        const bytes = Buffer.from(body.map((name) => `${name} ${i}\n`).join(''));
        ingest(series, bytes, i, parsed);
        const { batch } = series;
        const list = Array.from(batch.refs.subarray(0, batch.count), (ref) =>
          Buffer.from(batch.series.labelBytes(ref)).toString('latin1'),
        ).join('|');
        expect(seen.get(batch.layout) ?? list).toBe(list);
        seen.set(batch.layout, list);
        series.settle();
      }
    }),
    { numRuns: 300 },
  );
});

test('series that churn for ever leave no memory behind', () => {
  const series = createSeries();
  const parsed = new ParsedBody();
  const scrape = (i: number): void => {
    const lines = Array.from({ length: 100 }, (_, k) => `churn{id="${i}-${k}"} 1\n`);
    const body = Buffer.from(lines.join(''));
    ingest(series, body, i, parsed);
    series.settle();
  };
  for (let i = 0; i < 50; i++) scrape(i);
  const after50 = series.memoryBytes;
  for (let i = 50; i < 500; i++) scrape(i);
  expect(series.seriesCount).toBe(105);
  expect(series.memoryBytes).toBeLessThanOrEqual(after50 * 1.5);
});

test('samples with times of their own keep them and get no markers', () => {
  const series = createSeries();
  const parsed = new ParsedBody();
  const body = Buffer.from('m1 1 500\nm2 2\n');
  ingest(series, body, 1000, parsed);
  const { batch } = series;
  expect(Array.from(batch.timestampsMs!.subarray(0, 2))).toEqual([500, Number.NaN]);
  series.settle();
  series.fail(2000, 0);
  expect(read(series).stale).toEqual(new Set(['m2']));
});

test('a sample more than ten minutes ahead is dropped', () => {
  const series = createSeries();
  const body = Buffer.from('m1 1 601001\nm2 2 601000\n');
  ingest(series, body, 1000, new ParsedBody());
  expect([...read(series).samples.keys()].filter((name) => name.startsWith('m'))).toEqual(['m2']);
});

test('a sample without a time is dropped while one of its series is ahead', () => {
  const series = createSeries();
  const parsed = new ParsedBody();
  const kept = (text: string, timestampMs: number) => {
    ingest(series, Buffer.from(text), timestampMs, parsed);
    const { samples, stale } = read(series);
    series.settle();
    return [[...samples.keys()].filter((name) => name.startsWith('m')), [...stale]];
  };
  expect(kept('m1 1 5000\nm2 1\n', 1000)).toEqual([['m1', 'm2'], []]);
  expect(kept('m1 2\nm2 1\n', 2000)).toEqual([['m2'], []]);
  expect(kept('m1 2\nm2 1\n', 3000)).toEqual([['m2'], []]);
  expect(kept('m1 2\nm2 1\n', 6000)).toEqual([['m1', 'm2'], []]);
  expect(kept('m2 1\n', 7000)).toEqual([['m2'], ['m1']]);
});
