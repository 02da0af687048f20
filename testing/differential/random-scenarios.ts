import fc from 'fast-check';
import { type Scenario, type ScenarioAnswer, text } from './scenario.js';
import { allFamilies } from './scenarios/made-families.js';
import { negotiated } from './scenarios/negotiation.js';

/*
 * Sequences of bodies and failures under arbitrary rules of a job. Left out is where the two differ on
 * purpose: faults of syntax, two spellings of one series, times of their own behind a plain sample, a
 * marker or those of a series that was gone.
 */

interface Line {
  readonly series: string;
  readonly value: string;
  /** 10 ms each, within the scrape's own 100 ms; undefined: the sample has no time. */
  readonly time: number | undefined;
}

/** Lines of text, families in the format that is asked for, or something else. */
type Step =
  | readonly Line[]
  | { readonly families: readonly number[] }
  | 'status'
  | 'type'
  | 'gzip'
  | 'empty';

const familyCount = allFamilies(0).length;

const values = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true }).map((value) => (Object.is(value, -0) ? '0' : String(value))),
  fc.constantFrom('NaN', '+Inf', '-Inf', '1e-320'),
);

/** Each series in one spelling, and none that clashes into another. */
const plainSeries = fc.constantFrom(
  'a',
  'a{x="1"}',
  'a{x="2",y="ü"}',
  'b{job="exposed"}',
  'b{instance="i",job="j"}',
  'c{exported_job="e"}',
  'd{exported_job="e",job="j"}',
  'e{x=""}',
  '{"f.g","h.i"="1"}',
  'up{x="1"}',
);
const timedSeries = fc.constantFrom('t', 't{x="1"}', 't{job="j"}');

const line: fc.Arbitrary<Line> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ series: plainSeries, value: values, time: fc.constant(undefined) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      series: timedSeries,
      value: values,
      time: fc.integer({ min: 0, max: 9 }),
    }),
  },
);

const body = fc.array(line, { maxLength: 12 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: body },
  {
    weight: 3,
    arbitrary: fc.record({
      families: fc.uniqueArray(fc.nat({ max: familyCount - 1 }), { minLength: 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'status' as const,
      'type' as const,
      'gzip' as const,
      'empty' as const,
    ),
  },
);

const rules = fc.record(
  {
    honor_labels: fc.boolean(),
    honor_timestamps: fc.boolean(),
    track_timestamps_staleness: fc.boolean(),
    enable_compression: fc.boolean(),
    body_size_limit: fc.constantFrom('60B', '120B'),
    always_scrape_classic_histograms: fc.boolean(),
    native_histogram_min_bucket_factor: fc.constantFrom(1.1, 3),
    scrape_protocols: fc.constantFrom(['OpenMetricsText1.0.0'], ['PrometheusText1.0.0']),
    label_value_length_limit: fc.constantFrom(12, 16),
    metric_relabel_configs: fc.constantFrom(
      [{ source_labels: ['__name__'], regex: 'a', action: 'drop' }],
      [{ source_labels: ['x'], target_label: 'z', replacement: '<$1>' }],
      [{ source_labels: ['__name__'], regex: 'b', target_label: '__name__', replacement: 'q' }],
    ),
  },
  { requiredKeys: [] },
);

/** Sequences whose bodies come again, as an exporter's do. */
const steps = fc
  .tuple(
    fc.array(step, { minLength: 1, maxLength: 4 }),
    fc.array(fc.nat({ max: 3 }), { minLength: 8, maxLength: 8 }),
  )
  .map(([some, order]) => order.map((i) => some[i % some.length]!));

export function randomScenarios(seed: number, count: number): (Scenario & { sequence: string })[] {
  const some = fc.sample(fc.tuple(rules, steps), { seed, numRuns: count });
  return some.map(([job, sequence], i) => ({
    name: `random-${i}`,
    job,
    sequence: JSON.stringify([job, sequence], undefined, 1),
    answer: (scrape, startMs) => answerOf(sequence[scrape]!, scrape, startMs),
  }));
}

function answerOf(step: Step, scrape: number, startMs: number): ScenarioAnswer {
  if (step === 'status') return { body: 'a 1\n', status: 500 };
  if (step === 'type') return { body: 'a 1\n', headers: { 'content-type': 'text/html' } };
  if (step === 'gzip') return { body: 'a 1\n', headers: { 'content-encoding': 'gzip' } };
  if (step === 'empty') return '';
  if ('families' in step) {
    const all = allFamilies(scrape);
    return negotiated(step.families.map((i) => all[i]!));
  }
  return {
    body: text(...step.map((one) => lineOf(one, scrape, startMs))),
    headers: { 'content-type': 'text/plain; version=1.0.0; escaping=allow-utf-8' },
  };
}

/** After all scrapes, and later with each. */
function lineOf({ series, value, time }: Line, scrape: number, startMs: number): string {
  if (time === undefined) return `${series} ${value}`;
  return `${series} ${scrape + 0.5} ${startMs + 120_000 + scrape * 100 + time * 10}`;
}
