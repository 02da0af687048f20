import type { MetricType } from '../../model/metadata.js';
import type { BodyMemory } from '../body-memory.js';
import type { ExpositionFormat } from '../content-type.js';
import { decodeSeries } from '../decode-series.js';
import { parseGoFloat } from '../go-float.js';
import { decodeMetadataLine, metricType } from '../metadata-line.js';
import type { ParseOptions } from '../parse-options.js';
import { encodeSeries } from '../series-text.js';

/** A sample of the body that stays what it is. */
export interface CopyStep {
  readonly kind: 'copy';
  readonly sample: number;
  /** The `_created` sample that tells its start, or -1. */
  created: number;
  /** False when its exemplars go to a histogram. */
  readonly ownsExemplars: boolean;
  /** The text of its series, where that is not the line's. */
  readonly key: Uint8Array | undefined;
}

/** One part of a classic histogram. */
interface HistogramPart {
  readonly sample: number;
  readonly role: 'bucket' | 'sum' | 'count';
  /** Of a bucket. */
  readonly bound: number;
}

/** Samples of the body that become one native histogram, if they can. */
export interface HistogramStep {
  readonly kind: 'histogram';
  /** The text of its series. */
  readonly key: Uint8Array;
  readonly parts: HistogramPart[];
  readonly created: number;
}

export type Step = CopyStep | HistogramStep;

/** A series line with what the comments before it say. */
interface Line {
  readonly sample: number;
  readonly name: string;
  readonly labels: readonly [name: string, value: string][];
  /** Of the last TYPE line. */
  readonly type: MetricType;
  /** The family of the last TYPE line. */
  readonly typed: string;
  /** What a UNIT line said of that family. */
  readonly unit: string;
  /** The family of the last comment that names one. */
  readonly named: string;
  /** Lines with no comment between them have the same number. */
  readonly run: number;
}

const startedTypes = new Set<MetricType>(['counter', 'histogram', 'summary']);
const createdSuffix = '_created';

/**
 * How the samples of a body are rewritten, from the order of its lines: it holds until that changes.
 * Follows Prometheus' nhcbparse.go and OpenMetricsParser.StartTimestamp.
 */
export function planSamples(
  memory: BodyMemory,
  format: ExpositionFormat,
  options: ParseOptions,
): Step[] {
  const lines = readLines(memory, format);
  const hasCreated = options.createdAsStartTime === true && format === 'openmetrics';
  const created = hasCreated ? findCreated(lines) : new Map<number, number>();
  const kept = hasCreated ? lines.filter((line) => !isCreated(line)) : lines;
  const steps: Step[] = [];
  let histogram: HistogramStep | undefined;
  let lastKey = '';
  const finish = (): void => {
    if (histogram !== undefined) steps.push(histogram);
    histogram = undefined;
  };
  for (const line of kept) {
    const start = created.get(line.sample) ?? -1;
    const part = options.convertClassicHistogramsToNhcb ? histogramPart(line) : undefined;
    const lineKey = `${line.run} ${seriesKey(line.typed, line.labels, 'le')}`;
    if (part === undefined || lineKey !== lastKey) finish();
    if (part !== undefined) {
      lastKey = lineKey;
      histogram ??= { kind: 'histogram', key: baseKey(line), parts: [], created: start };
      histogram.parts.push(part);
    }
    if (part !== undefined && options.alwaysScrapeClassicHistograms !== true) continue;
    const ownsExemplars = part === undefined;
    const key = options.typeAndUnitLabels ? labelledKey(line) : undefined;
    steps.push({ kind: 'copy', sample: line.sample, created: start, ownsExemplars, key });
  }
  finish();
  return steps;
}

/**
 * Of an OpenMetrics body that is not rewritten: by sample, the `_created` sample that tells its start, or -1.
 * Undefined where it has none.
 */
export function startSamples(memory: BodyMemory): Int32Array | undefined {
  if (!namesCreated(memory)) return undefined;
  const lines = readLines(memory, 'openmetrics');
  const starts = new Int32Array(lines.length).fill(-1);
  for (const [sample, created] of findCreated(lines)) starts[sample] = created;
  return starts;
}

/** Most bodies have no such line: that is seen without decoding one. */
function namesCreated({ order, keys }: BodyMemory): boolean {
  for (const entry of order.entries.subarray(0, order.count)) {
    if (entry < 0) continue;
    const { buffer, byteOffset, byteLength } = keys.key(entry);
    if (Buffer.from(buffer, byteOffset, byteLength).includes(createdSuffix)) return true;
  }
  return false;
}

function readLines(memory: BodyMemory, format: ExpositionFormat): Line[] {
  const { entries, count } = memory.order;
  const lines: Line[] = [];
  let type: MetricType = 'unknown';
  let typed = '';
  let named = '';
  let run = 0;
  const units = new Map<string, string>();
  for (let at = 0; at < count; at++) {
    const entry = entries[at]!;
    if (entry < 0) {
      run++;
      const line = decodeMetadataLine(memory.comments.keys.key(~entry), format);
      if (line === undefined) continue;
      named = line.family;
      if (line.keyword === 'UNIT') units.set(line.family, line.text);
      if (line.keyword !== 'TYPE') continue;
      typed = line.family;
      type = metricType(line.text);
      continue;
    }
    const { keys } = memory;
    const [[, name] = ['', ''], ...labels] = decodeSeries(keys.key(entry), keys.contextOf(entry));
    const unit = units.get(typed) ?? '';
    lines.push({ sample: lines.length, name, labels, type, typed, unit, named, run });
  }
  return lines;
}

function isCreated({ name, type }: Line): boolean {
  return startedTypes.has(type) && name.endsWith(createdSuffix);
}

/**
 * The `_created` sample of each sample that has one: the next such line of the family, if it is of the
 * same series, or the one found for the same series just before.
 */
function findCreated(lines: readonly Line[]): Map<number, number> {
  const found = new Map<number, number>();
  const next = nextCreated(lines);
  let lastKey: string | undefined;
  let last = -1;
  for (const [at, line] of lines.entries()) {
    if (isCreated(line)) continue;
    const key = startedTypes.has(line.type) ? startKey(line, line.named) : undefined;
    if (key === undefined || key !== lastKey) {
      const candidate = key === undefined ? undefined : next[at];
      const name = candidate?.name.slice(0, -createdSuffix.length);
      const fits = candidate !== undefined && startKey(candidate, name!) === key;
      lastKey = fits ? key : undefined;
      last = fits ? candidate.sample : -1;
    }
    if (last >= 0) found.set(line.sample, last);
  }
  return found;
}

/** For each line the next `_created` line that no comment is before. */
function nextCreated(lines: readonly Line[]): (Line | undefined)[] {
  const next: (Line | undefined)[] = new Array(lines.length);
  let ahead: Line | undefined;
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at]!;
    next[at] = ahead?.run === line.run ? ahead : undefined;
    if (isCreated(line)) ahead = line;
  }
  return next;
}

function startKey(line: Line, name: string): string {
  if (line.type === 'histogram') return seriesKey(name, line.labels, 'le');
  return seriesKey(name, line.labels, line.type === 'summary' ? 'quantile' : '');
}

function seriesKey(
  name: string,
  labels: readonly [name: string, value: string][],
  without: string,
): string {
  return JSON.stringify([name, ...sortedWithout(labels, without)]);
}

function sortedWithout(
  labels: readonly [name: string, value: string][],
  without: string,
): [name: string, value: string][] {
  return labels
    .filter(([name, value]) => name !== without && value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function baseKey({ typed, labels }: Line): Uint8Array {
  return encodeSeries([['__name__', typed], ...sortedWithout(labels, 'le')]);
}

/** The line's series with the type and unit that were declared last, whatever the family, as labels. */
function labelledKey({ name, labels, type, unit }: Line): Uint8Array {
  const added: [string, string][] = [];
  if (type !== 'unknown') added.push(['__type__', type]);
  if (unit !== '') added.push(['__unit__', unit]);
  const own = labels.filter(([label]) => !added.some(([other]) => other === label));
  return encodeSeries([['__name__', name], ...own, ...added]);
}

/** The part of a classic histogram that a line is. */
function histogramPart({ sample, name, labels, type, typed }: Line): HistogramPart | undefined {
  if (type !== 'histogram' || !name.startsWith(typed)) return undefined;
  switch (name.slice(typed.length)) {
    case '_count':
      return { sample, role: 'count', bound: NaN };
    case '_sum':
      return { sample, role: 'sum', bound: NaN };
    case '_bucket': {
      const bound = parseGoFloat(labels.find(([label]) => label === 'le')?.[1] ?? '');
      if (bound === undefined || Number.isNaN(bound)) return undefined;
      return { sample, role: 'bucket', bound };
    }
    default:
      return undefined;
  }
}
