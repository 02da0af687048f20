import { type Labels, sortedLabels } from '../model/labels.js';
import type { ReceivedSample } from './remote-write/write-receiver.contract.js';
import type { ScrapeBatch } from './scrape-batch.js';

export interface MadeSample {
  readonly labels: Labels;
  readonly value: number;
  readonly ownTimestampMs?: number;
}

/** One tick of a target, for tests. */
export interface MadeBatch {
  readonly targetId: string;
  readonly timestampMs: number;
  readonly layout: number;
  readonly samples: readonly MadeSample[];
  readonly stale?: readonly Labels[];
}

/** The series `name{index="i"}`, as many as asked for. */
export function madeSeries(name: string, count: number): Labels[] {
  return Array.from(
    { length: count },
    (_, i) =>
      new Map([
        ['__name__', name],
        ['instance', '127.0.0.1:9100'],
        ['index', `${i}`],
      ]),
  );
}

// A series has its ref for good, whatever the target.
const refOfLabels = new Map<string, number>();
const labelsOfRef: Uint8Array[] = [];

export function refOf(labels: Labels): number {
  const bytes = labelBytesOf(labels);
  const key = Buffer.from(bytes).toString('latin1');
  let ref = refOfLabels.get(key);
  if (ref === undefined) {
    ref = labelsOfRef.push(bytes) - 1;
    refOfLabels.set(key, ref);
  }
  return ref;
}

/** The batch an output would be handed. Its arrays are longer than its counts, as a scrape's are. */
export function toBatch(made: MadeBatch): ScrapeBatch {
  const { samples, stale = [] } = made;
  const count = samples.length;
  const refs = new Int32Array(count + 3).fill(-1);
  const values = new Float64Array(count + 3).fill(-99);
  const withTimes = samples.some((sample) => sample.ownTimestampMs !== undefined);
  const times = withTimes ? new Float64Array(count + 3) : undefined;
  samples.forEach((sample, i) => {
    refs[i] = refOf(sample.labels);
    values[i] = sample.value;
    if (times !== undefined) times[i] = sample.ownTimestampMs ?? Number.NaN;
  });
  return {
    targetId: made.targetId,
    series: { labelBytes: (ref) => labelsOfRef[ref]! },
    timestampMs: made.timestampMs,
    layout: made.layout,
    count,
    refs,
    values,
    timestampsMs: times,
    staleCount: stale.length,
    staleRefs: Int32Array.from([...stale.map(refOf), -1]),
  };
}

/** What a receiver must get for a batch, in order. */
export function expectedSamples(made: MadeBatch): ReceivedSample[] {
  const labels = (of: Labels): [string, string][] => sortedLabels(of);
  const samples = made.samples.map((sample) => ({
    labels: labels(sample.labels),
    bits: Number.isNaN(sample.value) ? 0x7ff8000000000001n : bitsOf(sample.value),
    timestampMs: BigInt(sample.ownTimestampMs ?? made.timestampMs),
  }));
  const stale = (made.stale ?? []).map((of) => ({
    labels: labels(of),
    bits: 0x7ff0000000000002n,
    timestampMs: BigInt(made.timestampMs),
  }));
  return [...samples, ...stale];
}

function bitsOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0]!;
}

function labelBytesOf(labels: Labels): Uint8Array {
  const fields = sortedLabels(labels).map(([name, value]) =>
    message(
      0x0a,
      Buffer.concat([message(0x0a, Buffer.from(name)), message(0x12, Buffer.from(value))]),
    ),
  );
  return Buffer.concat(fields);
}

function message(tag: number, body: Buffer): Buffer {
  const head = [tag];
  for (let rest = body.length; ; rest >>= 7) {
    head.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) return Buffer.concat([Buffer.from(head), body]);
  }
}
