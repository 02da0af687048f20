import type { ReceivedSample } from '../../packages/core/src/outputs/remote-write/write-receiver.contract.js';
import { histogramText } from './histogram-text.js';

const staleBits = 0x7ff0000000000002n;

/** Has one sample per scrape of a target, and no exporter here exposes it. */
const everyScrape = 'scrape_duration_seconds';

const timeoutSeconds = 'scrape_timeout_seconds';

/** What a receiver got, by the scenario and the target that its labels name. */
export class Delivered {
  readonly #scenarios = new Map<string, Map<string, ReceivedSample[]>>();
  readonly #scrapes = new Map<ReceivedSample[], number>();

  add(samples: readonly ReceivedSample[]): void {
    for (const sample of samples) {
      const known = this.#samplesBeside(sample);
      known.push(sample);
      if (isScrape(sample)) this.#scrapes.set(known, (this.#scrapes.get(known) ?? 0) + 1);
    }
  }

  /** The samples of one target. */
  samplesOf(scenario: string, target = ''): readonly ReceivedSample[] {
    return this.#scenarios.get(scenario)?.get(target) ?? [];
  }

  /** The samples of each target. */
  targetsOf(scenario: string): ReceivedSample[][] {
    return [...(this.#scenarios.get(scenario)?.values() ?? [])];
  }

  /** True when more than `scrapes` scrapes of each of its targets have come. */
  hasScraped(scenario: string, scrapes: number): boolean {
    const targets = this.targetsOf(scenario);
    return targets.length > 0 && targets.every((all) => (this.#scrapes.get(all) ?? 0) > scrapes);
  }

  #samplesBeside({ labels }: ReceivedSample): ReceivedSample[] {
    const scenario = labelOf(labels, 'scenario') ?? '';
    const target = labelOf(labels, 'target') ?? '';
    let targets = this.#scenarios.get(scenario);
    if (targets === undefined) {
      targets = new Map();
      this.#scenarios.set(scenario, targets);
    }
    let samples = targets.get(target);
    if (samples === undefined) {
      samples = [];
      targets.set(target, samples);
    }
    return samples;
  }
}

export function isScrape({ labels, bits }: ReceivedSample): boolean {
  return bits !== staleBits && labelOf(labels, '__name__') === everyScrape;
}

/** True when a scrape of the target took as long as it may. */
export function hasTimedOut(samples: readonly ReceivedSample[]): boolean {
  const timeout = samples.find(({ labels }) => labelOf(labels, '__name__') === timeoutSeconds);
  const limit = timeout === undefined ? Number.POSITIVE_INFINITY : numberOf(timeout);
  // Timers may be early by a little.
  return samples.some((sample) => isScrape(sample) && numberOf(sample) >= limit * 0.99);
}

/**
 * The samples of a target's first scrapes as `#<scrape> name{labels} value`, sorted. Times of the
 * scrapes are their numbers, so that agents with different grids compare; others are `@` and the
 * milliseconds since `startMs`.
 */
export function deliveredLines(
  samples: readonly ReceivedSample[],
  scrapes: number,
  startMs: number,
): string[] {
  const stamps = samples.filter(isScrape).map(({ timestampMs }) => timestampMs);
  const numbers = new Map(stamps.map((stamp, scrape) => [stamp, scrape]));
  const lines: string[] = [];
  for (const sample of samples) {
    const scrape = numbers.get(sample.timestampMs);
    if (scrape !== undefined && scrape >= scrapes) continue;
    const at = scrape === undefined ? `@${sample.timestampMs - BigInt(startMs)}` : `#${scrape}`;
    lines.push(`${at} ${seriesText(sample.labels)} ${valueText(sample)}`);
  }
  return lines.toSorted();
}

/** In the order in which they arrived: receivers want them sorted. */
function seriesText(labels: ReceivedSample['labels']): string {
  const name = labelOf(labels, '__name__') ?? '';
  const rest = labels.filter(([label]) => label !== '__name__' && label !== 'scenario');
  return `${name}{${rest.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
}

function valueText(sample: ReceivedSample): string {
  const { bits, labels, histogram } = sample;
  if (histogram !== undefined) return histogramText(histogram);
  if (bits === staleBits) return 'stale';
  if (labelOf(labels, '__name__') === everyScrape) return 'some';
  const value = numberOf(sample);
  if (Number.isNaN(value)) return `NaN 0x${bits.toString(16)}`;
  return Object.is(value, -0) ? '-0' : String(value);
}

function numberOf({ bits }: ReceivedSample): number {
  return new Float64Array(BigUint64Array.of(bits).buffer)[0]!;
}

function labelOf(labels: ReceivedSample['labels'], name: string): string | undefined {
  return labels.find(([label]) => label === name)?.[1];
}

/** Per series its values in their order, each once in a row: what is left when times do not compare. */
export function valueRuns(samples: readonly ReceivedSample[]): string[] {
  const runs = new Map<string, string[]>();
  for (const sample of samples) {
    const series = seriesText(sample.labels);
    const values = runs.get(series) ?? [];
    runs.set(series, values);
    const value = valueText(sample);
    if (values.at(-1) !== value) values.push(value);
  }
  return [...runs].map(([series, values]) => `${series} ${values.join(' ')}`).toSorted();
}
