import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  Exemplar,
  HistogramFamily,
  HistogramSeries,
  LabelPair,
  MetricFamily,
  SummaryFamily,
  SummarySeries,
  ValueFamily,
  ValueSeries,
} from '../../model/metric-family.js';
import { BodyParser } from '../body-parser.js';
import { decodeSeries } from '../decode-series.js';
import { formatGoFloat } from '../go-float.js';
import { parseExposition } from '../parse-exposition.js';
import { ParsedBody } from '../parsed-body.js';
import { SeriesKeys } from '../series-keys.js';
import { renderExposition } from './exposition-writer.js';
import { escapeQuoted } from './text-format.js';

const characters = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('\\', '"', '\n', 'n', ' ', '{', '}', '=', ',', '#', 'ü', '😱'),
  }),
);
const names = fc
  .oneof(fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,8}$/), characters)
  .filter((name) => name !== '' && !name.includes('\0'));
const labelNames = fc
  .oneof(fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/), names)
  .filter((name) => !['le', 'quantile', '__name__', '__proto__'].includes(name));
const labels: fc.Arbitrary<LabelPair[]> = fc.uniqueArray(fc.tuple(labelNames, characters), {
  maxLength: 3,
  selector: ([name]) => name,
});
// The text format has no time before 1970.
const times = fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined });
const values = fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger(), fc.constant(-0));
const counts = fc.oneof(fc.nat(), fc.maxSafeNat());
const exemplars: fc.Arbitrary<Exemplar | undefined> = fc.option(
  fc.record({ labels, value: values, timestampMs: times }),
  { nil: undefined },
);
const bounds = fc.uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), {
  maxLength: 4,
});

function headed<T extends string>(types: fc.Arbitrary<T>) {
  const help = fc.option(characters, { nil: undefined });
  return { name: names, type: types, help };
}

const valueFamilies: fc.Arbitrary<ValueFamily> = fc.record({
  ...headed(fc.constantFrom('counter', 'gauge', 'unknown', 'info', 'stateset')),
  series: fc.array(
    fc.record({ labels, timestampMs: times, value: values, exemplar: exemplars, createdMs: times }),
    { maxLength: 3 },
  ),
});

const summaryFamilies: fc.Arbitrary<SummaryFamily> = fc.record({
  ...headed(fc.constant('summary')),
  series: bounds.chain((quantiles) =>
    fc.array(
      fc.record({
        labels,
        timestampMs: times,
        quantiles: fc.constant(quantiles),
        quantileValues: fc.array(values, { minLength: quantiles.length }),
        count: counts,
        sum: values,
      }),
      { maxLength: 3 },
    ),
  ),
});

const histogramFamilies: fc.Arbitrary<HistogramFamily> = fc.record({
  ...headed(fc.constantFrom('histogram', 'gaugehistogram')),
  series: fc.tuple(bounds, fc.boolean()).chain(([finite, isInfinite]) => {
    const upperBounds = isInfinite ? [...finite, Infinity] : finite;
    return fc.array(
      fc.record({
        labels,
        timestampMs: times,
        upperBounds: fc.constant(upperBounds),
        bucketCounts: fc.array(counts, { minLength: upperBounds.length }),
        bucketExemplars: fc.array(exemplars, { maxLength: upperBounds.length }),
        count: counts,
        sum: values,
        isFloat: fc.boolean(),
      }),
      { maxLength: 3 },
    );
  }),
});

const bodies = fc.array(fc.oneof(valueFamilies, summaryFamilies, histogramFamilies), {
  maxLength: 4,
});

interface Expected {
  name: string;
  labels: Record<string, string>;
  value: number;
  timestampMs: number | undefined;
  exemplar:
    | { labels: Record<string, string>; value: number; timestampMs: number | undefined }
    | undefined;
}

/** The samples a body must hold, said a second time. */
class ExpectedSamples {
  readonly all: Expected[] = [];
  readonly #openMetrics: boolean;

  constructor(openMetrics: boolean, families: readonly MetricFamily[]) {
    this.#openMetrics = openMetrics;
    for (const family of families) this.#family(family);
  }

  #family(family: MetricFamily): void {
    switch (family.type) {
      case 'summary':
        for (const series of family.series) this.#summary(family.name, series);
        break;
      case 'histogram':
      case 'gaugehistogram':
        for (const series of family.series) this.#histogram(family.name, series);
        break;
      default:
        for (const series of family.series) {
          this.#add(family.name, series, series.value, [], series.exemplar);
        }
    }
  }

  #summary(name: string, series: SummarySeries): void {
    series.quantiles.forEach((quantile, i) => {
      this.#add(name, series, series.quantileValues[i], [['quantile', formatGoFloat(quantile)]]);
    });
    this.#add(`${name}_sum`, series, series.sum);
    this.#add(`${name}_count`, series, series.count);
  }

  #histogram(name: string, series: HistogramSeries): void {
    const { upperBounds, bucketCounts, bucketExemplars = [] } = series;
    upperBounds.forEach((bound, i) => {
      const le: LabelPair = ['le', formatGoFloat(bound)];
      this.#add(`${name}_bucket`, series, bucketCounts[i], [le], bucketExemplars[i]);
    });
    if (upperBounds.at(-1) !== Infinity) {
      this.#add(`${name}_bucket`, series, series.count, [['le', '+Inf']]);
    }
    this.#add(`${name}_sum`, series, series.sum);
    this.#add(`${name}_count`, series, series.count);
  }

  #add(
    name: string,
    series: Pick<ValueSeries, 'labels' | 'timestampMs'>,
    value: number | undefined,
    extra: LabelPair[] = [],
    exemplar?: Exemplar,
  ): void {
    const shown = this.#openMetrics && exemplar?.labels.length ? exemplar : undefined;
    this.all.push({
      name,
      labels: Object.fromEntries([...series.labels, ...extra]),
      value: (value as number) + 0,
      timestampMs: this.#time(series.timestampMs),
      exemplar: shown && {
        // Prometheus leaves an exemplar's escapes as they are (textparse OpenMetricsParser.Exemplar).
        labels: Object.fromEntries(shown.labels.map((pair) => pair.map(escapeQuoted))),
        value: shown.value + 0,
        timestampMs: this.#time(shown.timestampMs),
      },
    });
  }

  /** OpenMetrics' readers cut what the multiplication leaves, as Prometheus does. */
  #time(timestampMs: number | undefined): number | undefined {
    if (timestampMs === undefined) return undefined;
    return this.#openMetrics ? Math.trunc((timestampMs / 1000) * 1000) + 0 : timestampMs;
  }
}

describe.each(['text', 'openmetrics'] as const)(
  'families written as %s',
  { timeout: 60_000 },
  (format) => {
    it('are read back by our parser as the same samples', () => {
      fc.assert(
        fc.property(bodies, (families) => {
          const body = renderExposition(families, { format, escaping: 'allow-utf-8' });
          const samples = parseExposition(body, format).map(
            ({ name, labels: read, value, timestampMs, exemplar }) =>
              ({ name, labels: read, value, timestampMs, exemplar }) satisfies Expected,
          );
          expect(samples).toEqual(new ExpectedSamples(format === 'openmetrics', families).all);
        }),
      );
    });
  },
);

/** Apart from their order, in which protobuf differs; a time of 0 is none there. */
function comparable(name: string, labelsOf: Record<string, string>, value: number, time = NaN) {
  const pairs = Object.entries(labelsOf).filter(([, text]) => text !== '');
  return `${JSON.stringify([name, pairs.sort()])} ${value + 0} ${time || NaN}`;
}

function readProtobuf(body: Uint8Array): string[] {
  const keys = new SeriesKeys();
  const out = new ParsedBody();
  new BodyParser(keys).parse('protobuf', body, body.length, out);
  return Array.from(out.slots.subarray(0, out.count), (slot, i) => {
    const series = Object.fromEntries(decodeSeries(keys.key(slot), keys.contextOf(slot)));
    const { __name__: name = '', ...others } = series;
    return comparable(name, others, out.values[i]!, out.timestampsMs[i]);
  });
}

describe('families written as protobuf', { timeout: 60_000 }, () => {
  it('are read back by our parser as the samples of the text', () => {
    fc.assert(
      fc.property(bodies, (families) => {
        const body = renderExposition(families, { format: 'protobuf', escaping: 'allow-utf-8' });
        const expected = new ExpectedSamples(false, families).all.map((one) =>
          comparable(one.name, one.labels, one.value, one.timestampMs),
        );
        expect(readProtobuf(body).sort()).toEqual(expected.sort());
      }),
    );
  });
});
