import type { Clock } from '../../clock.js';
import type { RenderFormat } from '../../exposition/render/exposition-writer.js';
import { lowestSchema } from '../../model/exponential-buckets.js';
import type { HistogramSample } from '../../model/histogram.js';
import { TimeSlice } from '../../self/time-slice.js';
import { CompiledSelector } from './compiled-selector.js';
import { familyWriter } from './family-writer.js';
import { FederatedFamilies } from './federated-families.js';
import { BinaryLabels, fromBinary } from './label-bytes.js';
import type { Selector } from './selector.js';

/** The last sample of a series. Borrowed: valid until the next one is asked for. */
export interface FederatedSample {
  /** Remote-write 1.0 label bytes, external labels included. */
  readonly labelBytes: Uint8Array;
  /** Of a native histogram its sum. */
  readonly value: number;
  /** Undefined for all but native histograms; not borrowed. */
  readonly histogram?: HistogramSample | undefined;
  readonly timestampMs: number;
  /** True when the last sample is a stale marker. */
  readonly stale: boolean;
}

/** The last samples of one target; read in one go, for it may change when the event loop runs. */
export type FederationTarget = Iterable<FederatedSample>;

/** Some or all lines of one metric name. */
export interface FederationBlock {
  readonly name: string;
  /** Lines of the text format with timestamps, without the TYPE line; or a whole protobuf family. */
  readonly bytes: Uint8Array;
}

export interface GatherOptions {
  readonly selectors: readonly Selector[];
  readonly format: RenderFormat;
  readonly nowMs: number;
  readonly clock: Clock;
  /** What was added to the label bytes; selectors do not see them. Default: none. */
  readonly externalLabels?: Readonly<Record<string, string>>;
  /** Longest stretch without letting the event loop run, as far as targets allow. Default 5 ms. */
  readonly budgetMs?: number;
}

/** Prometheus' --query.lookback-delta. */
const lookbackMs = 300_000;

/**
 * Thread side of /federate: the last samples that a selector selects, sorted by metric name, then by
 * labels, in blocks of one name each. Left out are stale series, those whose last sample is older
 * than five minutes, and samples of the future (prometheus web/federate.go). Of a series that two
 * targets have, the newer sample counts.
 */
export async function* gatherFederation(
  targets: Iterable<FederationTarget>,
  options: GatherOptions,
): AsyncGenerator<FederationBlock, void, undefined> {
  const slice = new TimeSlice(options.clock, options.budgetMs ?? 5);
  const families = new FederatedFamilies();
  const select = selection(options, families);
  for (const target of targets) {
    select(target);
    if (slice.spent) await slice.pause();
  }
  for (const name of families.names()) {
    const writer = familyWriter(name, options.format);
    const samples = await families.take(name, slice);
    for (const sample of samples) {
      writer.add(sample);
      if (writer.full) yield { name: fromBinary(name), bytes: writer.take() };
      if (slice.spent) await slice.pause();
    }
    if (!writer.empty) yield { name: fromBinary(name), bytes: writer.take() };
  }
}

/** Reads a target into `families`. */
function selection(
  { selectors, format, nowMs, externalLabels = {} }: GatherOptions,
  families: FederatedFamilies,
): (target: FederationTarget) => void {
  const compiled = selectors.map((selector) => new CompiledSelector(selector, externalLabels));
  const labels = new BinaryLabels();
  return (target) => {
    for (const { labelBytes, value, histogram, timestampMs, stale } of target) {
      if (histogram !== undefined && !canShow(histogram, format)) continue;
      if (stale || timestampMs < nowMs - lookbackMs || timestampMs > nowMs) continue;
      labels.read(labelBytes);
      if (compiled.some((selector) => selector.selects(labels))) {
        families.add(labels, { value, histogram, timestampMs });
      }
    }
  };
}

/** Text has no native histograms; none of the formats has custom buckets that are not classic. */
function canShow({ schema }: HistogramSample, { format }: RenderFormat): boolean {
  return format === 'protobuf' && schema >= lowestSchema;
}
