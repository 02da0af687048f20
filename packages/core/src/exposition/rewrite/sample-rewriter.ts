import { BodyMemory } from '../body-memory.js';
import type { CommentTable } from '../comment-table.js';
import type { ExpositionFormat } from '../content-type.js';
import type { ParseOptions } from '../parse-options.js';
import { ParsedBody } from '../parsed-body.js';
import { seriesContext } from '../series-context.js';
import { SeriesKeys } from '../series-keys.js';
import { CustomBuckets } from './custom-buckets.js';
import { type CopyStep, type HistogramStep, planSamples, type Step } from './sample-plan.js';

/**
 * Between the parser of lines and its caller, where a job asks for it: `_created` samples become start
 * times, classic histograms native ones. The lines have keys of their own here, for the caller's are
 * those of the series that come out.
 */
export class SampleRewriter {
  /** What the lines are parsed with, and into. */
  readonly memory: BodyMemory;
  readonly lines = new ParsedBody();
  readonly #keys: SeriesKeys;
  readonly #options: ParseOptions;
  readonly #buckets = new CustomBuckets();
  #steps: readonly Step[] = [];
  #slots: number[] = [];

  constructor(keys: SeriesKeys, comments: CommentTable, options: ParseOptions) {
    this.memory = new BodyMemory(new SeriesKeys(), comments);
    this.#keys = keys;
    this.#options = options;
  }

  get memoryBytes(): number {
    const { keys, order } = this.memory;
    const texts = keys.memoryBytes + keys.texts.memoryBytes;
    return texts + order.entries.byteLength + this.#slots.length * 8;
  }

  /**
   * Plans anew: when the lines of the last good body are others. Throws EXPOSITION_SYNTAX for a series
   * that cannot be decoded.
   */
  plan(format: ExpositionFormat): void {
    this.#forgetGone();
    try {
      this.#steps = planSamples(this.memory, format, this.#options);
    } catch (error) {
      // Else the next body of the same lines would find the old plan.
      this.memory.close();
      throw error;
    }
  }

  /** Writes the samples of the lines to `out`, with slots of the caller's keys. */
  rewrite(out: ParsedBody): void {
    for (const step of this.#steps) {
      if (step.kind === 'copy') this.#copy(step, out);
      else this.#convert(step, out);
    }
    const slots = [...out.slots.subarray(0, out.count)];
    out.sameOrder =
      slots.length === this.#slots.length && slots.every((slot, i) => slot === this.#slots[i]);
    this.#slots = slots;
  }

  #copy(step: CopyStep, out: ParsedBody): void {
    const { lines, memory } = this;
    const slot = lines.slots[step.sample]!;
    const key = step.key ?? memory.keys.key(slot);
    const context = step.key === undefined ? memory.keys.contextOf(slot) : seriesContext.plain;
    const sample = this.#add(key, context, step.sample, step.created, out);
    out.values[sample] = lines.values[step.sample]!;
    if (step.ownsExemplars) this.#moveExemplars(step.sample, sample, out);
  }

  #convert(step: HistogramStep, out: ParsedBody): void {
    const { values } = this.lines;
    const buckets = this.#buckets;
    buckets.reset();
    for (const { sample, role, bound } of step.parts) {
      if (role === 'bucket') buckets.setBucket(bound, values[sample]!);
      else if (role === 'sum') buckets.setSum(values[sample]!);
      else buckets.setCount(values[sample]!);
    }
    const histogram = buckets.convert();
    if (histogram === undefined) return;
    const { key } = step;
    const sample = this.#add(
      key,
      seriesContext.plain,
      step.parts.at(-1)!.sample,
      step.created,
      out,
    );
    out.values[sample] = histogram.sum;
    out.addHistogram(sample, histogram);
    for (const part of step.parts) this.#moveExemplars(part.sample, sample, out);
  }

  /** Adds a sample with the time of line sample `from` and the start that `created` tells. */
  #add(key: Uint8Array, context: number, from: number, created: number, out: ParsedBody): number {
    out.reserve(1);
    const sample = out.count++;
    out.slots[sample] = this.#keys.add(key, 0, key.length, context);
    out.timestampsMs[sample] = this.lines.timestampsMs[from]!;
    if (!Number.isNaN(out.timestampsMs[sample])) out.hasTimestamps = true;
    if (created >= 0) out.setCreated(sample, Math.trunc(this.lines.values[created]! * 1000));
    return sample;
  }

  #moveExemplars(from: number, to: number, out: ParsedBody): void {
    const { exemplarSamples, exemplarCount } = this.lines;
    const { exemplarStarts, exemplarEnds, exemplarValues, exemplarTimestampsMs } = this.lines;
    // A line has one at most.
    const at = exemplarSamples.subarray(0, exemplarCount).indexOf(from);
    if (at < 0) return;
    out.addExemplar(
      to,
      exemplarStarts[at]!,
      exemplarEnds[at]!,
      exemplarValues[at]!,
      exemplarTimestampsMs[at]!,
    );
  }

  /** Nobody else frees the keys of lines that went. */
  #forgetGone(): void {
    const { keys, order } = this.memory;
    if (keys.size <= order.count * 2 + 1000) return;
    const shown = new Set(order.entries.subarray(0, order.count));
    for (let slot = 0; slot < keys.slotCount; slot++) if (!shown.has(slot)) keys.remove(slot);
  }
}
