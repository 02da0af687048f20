import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CommentTable } from '../../exposition/comment-table.js';
import { ParsedBody } from '../../exposition/parsed-body.js';
import { SharedKeys } from '../../exposition/shared-keys.js';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import { defaultScrapeJob, type ScrapeJob } from '../../targets/scrape-job.js';
import { ScrapeFailure } from '../scrape-failure.js';
import { decodeLabels } from '../series/decode-labels.contract.js';
import { LabelEncoder } from '../series/label-encoder.js';
import { SeriesBudget } from '../series/series-budget.js';
import { createShardCounters } from '../shard/shard-counters.js';
import { TargetSeries } from './target-series.js';

const minute = 60_000;

interface Line {
  readonly name: string;
  /** Two ways to write the same series. */
  readonly spelling: '' | '{}';
  readonly value: number;
  /** Its own time: beside the scrape's, or a fixed one. */
  readonly time: number | 'fixed' | undefined;
}

interface Written {
  readonly samples: string[];
  readonly stale: string[];
  readonly scraped: number;
  readonly post: number;
  readonly added: number;
}

interface Rules {
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  readonly sampleLimit: number;
}

/**
 * Prometheus' scrapeCache and append (scrape/scrape.go), slowly and word by word. Beside it what the
 * storage behind refuses: the second spelling of a series, and times that go back.
 */
class Model {
  readonly #rules: Rules;
  readonly #cache = new Map<string, { lastScrape: number }>();
  #previous = new Set<string>();
  #current = new Set<string>();
  #ownTimes = new Map<string, { timeMs: number; value: number }>();
  #scrape = 1;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one loop, to be held against the original
  body(lines: readonly Line[], nowMs: number): Written & { failed: boolean } {
    const { honorTimestamps, trackTimestampsStaleness: tracksAll, sampleLimit } = this.#rules;
    const samples: { name: string; value: number; ownMs: number | undefined }[] = [];
    const plainSeen = new Set<string>();
    const counts = { scraped: 0, post: 0, added: 0 };
    let attempts = 0;
    let isLimitHit = false;
    let isBad = false;
    for (const line of lines) {
      const { name, value } = line;
      counts.scraped++;
      if (name === 'dropped') continue;
      if (name === 'bad') {
        isBad = true;
        break;
      }
      const text = name + line.spelling;
      const ownMs = honorTimestamps ? timeOf(line, nowMs) : undefined;
      const entry = this.#cache.get(text);
      const isTwice = entry?.lastScrape === this.#scrape;
      if (entry !== undefined) entry.lastScrape = this.#scrape;
      counts.post++;
      if (isTwice && ownMs === undefined) continue;
      if (sampleLimit > 0 && ++attempts > sampleLimit) {
        isLimitHit = true;
        continue;
      }
      const isRefused =
        ownMs === undefined
          ? plainSeen.has(name) || this.#isLate(name, nowMs)
          : !this.#follows(name, ownMs, value, nowMs);
      if (isRefused) continue;
      if (ownMs === undefined || tracksAll) {
        plainSeen.add(name);
        this.#current.add(name);
      }
      if (entry === undefined) {
        this.#cache.set(text, { lastScrape: this.#scrape });
        if (!isLimitHit) counts.added++;
      }
      samples.push({ name, value, ownMs });
    }
    const failed = isBad || isLimitHit;
    if (!failed) for (const sample of samples) this.#note(sample);
    const stale = this.#missing(nowMs);
    if (!failed) this.#flush();
    this.#end();
    const kept = failed ? [] : samples;
    return { ...counts, failed, samples: kept.map(textOf), stale };
  }

  /** A scrape without a body, or with an empty one. */
  nothing(nowMs: number): Written {
    const stale = this.#missing(nowMs);
    this.#end();
    return { samples: [], stale, scraped: 0, post: 0, added: 0 };
  }

  #follows(name: string, ownMs: number, value: number, nowMs: number): boolean {
    if (ownMs > nowMs + 10 * minute) return false;
    const last = this.#ownTimes.get(name);
    if (last === undefined || ownMs > last.timeMs) return true;
    return ownMs === last.timeMs && value === last.value;
  }

  #note({ name, value, ownMs }: { name: string; value: number; ownMs: number | undefined }): void {
    if (ownMs === undefined || ownMs < (this.#ownTimes.get(name)?.timeMs ?? -Infinity)) return;
    this.#ownTimes.set(name, { timeMs: ownMs, value });
  }

  #missing(nowMs: number): string[] {
    return [...this.#previous].filter(
      (name) => !this.#current.has(name) && !this.#isLate(name, nowMs),
    );
  }

  /** The series has a sample of its own time that is no older. */
  #isLate(name: string, nowMs: number): boolean {
    return (this.#ownTimes.get(name)?.timeMs ?? -Infinity) >= nowMs;
  }

  #flush(): void {
    for (const [text, { lastScrape }] of this.#cache) {
      if (lastScrape !== this.#scrape) this.#cache.delete(text);
    }
    for (const name of this.#ownTimes.keys()) {
      if (!this.#cache.has(name) && !this.#cache.has(`${name}{}`)) this.#ownTimes.delete(name);
    }
  }

  #end(): void {
    this.#previous = this.#current;
    this.#current = new Set();
    this.#scrape++;
  }
}

function timeOf({ time }: Line, nowMs: number): number | undefined {
  if (time === undefined) return undefined;
  return time === 'fixed' ? 123_456 : nowMs + time;
}

function textOf({
  name,
  value,
  ownMs,
}: {
  name: string;
  value: number;
  ownMs?: number | undefined;
}) {
  return `${name} ${value} @${ownMs ?? 'scrape'}`;
}

const encoder = new LabelEncoder(new Map());
const targetLabels = new Map([['job', 'j']]);

function createSeries(rules: Rules): TargetSeries {
  const job: ScrapeJob = { ...defaultScrapeJob, ...rules, name: 'j', http: plainHttpClient };
  return new TargetSeries({
    targetId: 't',
    targetLabels,
    job,
    timeoutMs: 1000,
    decide: (exposed) => {
      const name = exposed[0]![1];
      if (name === 'bad') throw new ScrapeFailure('label', 'a bad series');
      if (name === 'dropped') return undefined;
      return encoder.encode(new Map([...targetLabels, ...exposed]));
    },
    encoder,
    comments: new CommentTable(),
    texts: new SharedKeys(),
    labels: new SharedKeys(),
    counters: createShardCounters(),
    budget: new SeriesBudget(0),
  });
}

const syntheticCount = 5;

function written(series: TargetSeries): Written & { up: number } {
  const { batch } = series;
  const nameOf = (ref: number) => decodeLabels(batch.series.labelBytes(ref))['__name__']!;
  const report = batch.count - syntheticCount;
  const samples = Array.from({ length: report }, (_, i) => {
    const own = batch.timestampsMs?.[i] ?? Number.NaN;
    const ownMs = Number.isNaN(own) ? undefined : own;
    return textOf({ name: nameOf(batch.refs[i]!), value: batch.values[i]!, ownMs });
  });
  const stale = Array.from(batch.staleRefs.subarray(0, batch.staleCount), nameOf);
  const [up, , scraped, post, added] = batch.values.subarray(report, batch.count);
  return { samples, stale, up: up!, scraped: scraped!, post: post!, added: added! };
}

const line: fc.Arbitrary<Line> = fc.record({
  name: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('m0', 'm1', 'm2', 'm3', 'm4') },
    { weight: 1, arbitrary: fc.constant('dropped') },
    { weight: 1, arbitrary: fc.constant('bad') },
  ),
  spelling: fc.constantFrom('', '', '{}'),
  value: fc.integer({ min: 0, max: 3 }),
  time: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(-5000, -1000, 0, 5000, 11 * minute) },
    { weight: 1, arbitrary: fc.constant('fixed' as const) },
  ),
});

const step = fc.oneof(
  { weight: 6, arbitrary: fc.array(line, { minLength: 1, maxLength: 8 }) },
  { weight: 1, arbitrary: fc.constantFrom('repeat' as const, 'empty' as const, 'fail' as const) },
);

const rules = fc.record({
  honorTimestamps: fc.boolean(),
  trackTimestampsStaleness: fc.boolean(),
  sampleLimit: fc.constantFrom(0, 3),
});

class Run {
  readonly #model: Model;
  readonly #series: TargetSeries;
  readonly #parsed = new ParsedBody();
  #nowMs = 1_000_000;
  #lines: readonly Line[] = [];

  constructor(some: Rules) {
    this.#model = new Model(some);
    this.#series = createSeries(some);
  }

  step(one: readonly Line[] | 'repeat' | 'empty' | 'fail'): void {
    this.#nowMs += 1000;
    if (typeof one === 'object') this.#lines = one;
    const hasBody = one !== 'fail' && one !== 'empty' && this.#lines.length > 0;
    const { failed, ...expected } = hasBody
      ? this.#model.body(this.#lines, this.#nowMs)
      : { ...this.#model.nothing(this.#nowMs), failed: one === 'fail' };
    this.#scrape(one === 'fail' ? undefined : hasBody ? this.#text() : '');
    const got = written(this.#series);
    expect({ ...got, stale: got.stale.sort() }).toEqual({
      ...expected,
      stale: expected.stale.sort(),
      up: failed ? 0 : 1,
    });
    this.#series.settle();
  }

  #text(): string {
    const lines = this.#lines.map((one) => {
      const ownMs = timeOf(one, this.#nowMs);
      return `${one.name}${one.spelling} ${one.value}${ownMs === undefined ? '' : ` ${ownMs}`}\n`;
    });
    return lines.join('');
  }

  #scrape(text: string | undefined): void {
    if (text === undefined) {
      this.#series.fail(this.#nowMs, 0);
      return;
    }
    const body = Buffer.from(text);
    try {
      this.#series.read('text', body, body.length, this.#parsed);
      this.#series.accept(body.length, this.#parsed, this.#nowMs, () => 0);
    } catch (error) {
      if (!(error instanceof ScrapeFailure)) throw error;
      this.#series.fail(this.#nowMs, 0, body.length);
    }
  }
}

test('what is written is what Prometheus would have written, whatever comes', () => {
  fc.assert(
    fc.property(rules, fc.array(step, { maxLength: 12 }), (some, steps) => {
      const run = new Run(some);
      for (const one of steps) run.step(one);
    }),
    { numRuns: 2000 },
  );
});
