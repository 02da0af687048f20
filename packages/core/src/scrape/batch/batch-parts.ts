import type {
  BatchExemplars,
  BatchHistograms,
  BatchPlace,
  ScrapeBatch,
} from '../../outputs/scrape-batch.js';

/** Samples that outputs take without a pause: some 10 ms when they meet the series first. */
export const samplesPerPart = 10_000;

/** A batch so large that others would wait for it. */
export function isLargeBatch(batch: ScrapeBatch): boolean {
  return batch.count + batch.staleCount > samplesPerPart;
}

/**
 * The parts of a large batch, in the order they must be handed over: its samples, the synthetic ones
 * last, then its markers. The same series are in the same part as long as the layout stays.
 */
export function* partsOf(batch: ScrapeBatch): Generator<ScrapeBatch> {
  const { count, staleCount } = batch;
  const sampleParts = Math.max(1, Math.ceil(count / samplesPerPart));
  for (let index = 0; index < sampleParts; index++) {
    const place = { index, count: sampleParts };
    const isLast = index === sampleParts - 1;
    yield new BatchPart(batch, place, rangeOf(count, index), [0, 0], isLast);
  }
  for (let index = 0; index * samplesPerPart < staleCount; index++) {
    // Without samples: outputs keep nothing for it.
    const place = { index: sampleParts, count: sampleParts };
    yield new BatchPart(batch, place, [0, 0], rangeOf(staleCount, index), false);
  }
}

type Range = readonly [from: number, to: number];

function rangeOf(total: number, index: number): Range {
  const from = index * samplesPerPart;
  return [from, Math.min(total, from + samplesPerPart)];
}

class BatchPart implements ScrapeBatch {
  readonly targetId: string;
  readonly targetLabels: ScrapeBatch['targetLabels'];
  readonly series: ScrapeBatch['series'];
  readonly timestampMs: number;
  readonly layout: number;
  readonly place: BatchPlace;
  readonly count: number;
  readonly refs: Int32Array;
  readonly values: Float64Array;
  readonly timestampsMs: Float64Array | undefined;
  readonly histograms: BatchHistograms | undefined;
  readonly createdMs: Float64Array | undefined;
  readonly families: ScrapeBatch['families'];
  readonly exemplars: BatchExemplars | undefined;
  readonly staleCount: number;
  readonly staleRefs: Int32Array;

  constructor(
    of: ScrapeBatch,
    place: BatchPlace,
    [from, to]: Range,
    [staleFrom, staleTo]: Range,
    withHistograms: boolean,
  ) {
    this.targetId = of.targetId;
    this.targetLabels = of.targetLabels;
    this.series = of.series;
    this.timestampMs = of.timestampMs;
    this.layout = of.layout;
    this.place = place;
    this.count = to - from;
    this.refs = of.refs.subarray(from, to);
    this.values = of.values.subarray(from, to);
    this.timestampsMs = of.timestampsMs?.subarray(from, to);
    this.histograms = withHistograms ? of.histograms : undefined;
    this.createdMs = of.createdMs?.subarray(from, to);
    this.families = of.families;
    this.exemplars = of.exemplars && exemplarsOf(of.exemplars, this);
    this.staleCount = staleTo - staleFrom;
    this.staleRefs = of.staleRefs.subarray(staleFrom, staleTo);
  }
}

/** Those of series that are in the part. */
function exemplarsOf(
  all: BatchExemplars,
  { refs, histograms }: Pick<ScrapeBatch, 'refs' | 'histograms'>,
): BatchExemplars | undefined {
  const inPart = new Set(refs);
  for (const ref of histograms?.refs.subarray(0, histograms.count) ?? []) inPart.add(ref);
  const indexes: number[] = [];
  for (let i = 0; i < all.count; i++) if (inPart.has(all.refs[i]!)) indexes.push(i);
  if (indexes.length === 0) return undefined;
  return {
    count: indexes.length,
    refs: Int32Array.from(indexes, (i) => all.refs[i]!),
    labels: indexes.map((i) => all.labels[i]!),
    values: Float64Array.from(indexes, (i) => all.values[i]!),
    timestampsMs: Float64Array.from(indexes, (i) => all.timestampsMs[i]!),
  };
}
