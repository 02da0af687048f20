import type { PackedLabels } from '../model/packed-labels.js';
import { TextPage, type TextPair } from '../model/text-pages.js';
import type { Target } from '../targets/target.js';
import { targetPhaseMs } from '../targets/target-phase.js';
import type { TargetPlan } from './target-plan.js';

/**
 * Plans of targets of one job as bytes: texts and objects that are made of ten thousand targets only to be sent are a
 * third of what telling takes the host's event loop. Of each target there are its id, interval and timeout in ms as
 * 64-bit floats, and its URL and packed labels as they stand on a {@link TextPage}.
 */
export interface PackedPlans {
  readonly job: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A target whose plan is all in what is packed. */
export type PackableTarget = Target & { readonly texts: TextPair };

const idBytes = 16;
const intervalAt = idBytes;
const timeoutAt = intervalAt + 8;
const textsAt = timeoutAt + 8;

export function isPackable(target: Target): target is PackableTarget {
  return target.texts !== undefined && target.histograms === undefined;
}

export function packPlans(job: string, targets: readonly PackableTarget[]): PackedPlans {
  const texts = targets.map((target) => target.texts);
  let length = targets.length * textsAt;
  for (const { page, place } of texts) length += page.pairEnd(place) - place;
  const buffer = Buffer.from(new ArrayBuffer(length));
  let at = 0;
  for (let i = 0; i < targets.length; i++) {
    const { id, intervalMs, timeoutMs } = targets[i]!;
    const { page, place } = texts[i]!;
    buffer.write(id, at, 'latin1');
    buffer.writeDoubleLE(intervalMs, at + intervalAt);
    buffer.writeDoubleLE(timeoutMs, at + timeoutAt);
    at = page.copyPair(place, buffer, at + textsAt);
  }
  return { job, bytes: buffer };
}

export function unpackPlans({ job, bytes }: PackedPlans): TargetPlan[] {
  const buffer = Buffer.from(bytes.buffer);
  const page = new TextPage(buffer);
  const plans: TargetPlan[] = [];
  for (let at = 0; at < buffer.length; ) {
    const place = at + textsAt;
    const id = buffer.toString('latin1', at, at + idBytes);
    const intervalMs = buffer.readDoubleLE(at + intervalAt);
    const timeoutMs = buffer.readDoubleLE(at + timeoutAt);
    plans.push(new UnpackedPlan({ id, job, intervalMs, timeoutMs }, page, place));
    at = page.pairEnd(place);
  }
  return plans;
}

/** Keeps the bytes: they are less than the texts, which are wanted at the first tick. */
class UnpackedPlan implements TargetPlan {
  readonly id: string;
  readonly job: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly phaseMs: number;
  readonly #page: TextPage;
  readonly #place: number;

  constructor(
    { id, job, intervalMs, timeoutMs }: Pick<TargetPlan, 'id' | 'job' | 'intervalMs' | 'timeoutMs'>,
    page: TextPage,
    place: number,
  ) {
    this.id = id;
    this.job = job;
    this.intervalMs = intervalMs;
    this.timeoutMs = timeoutMs;
    this.phaseMs = targetPhaseMs(id, intervalMs);
    this.#page = page;
    this.#place = place;
  }

  get source(): 'http' {
    return 'http';
  }

  get url(): string {
    return this.#page.read(this.#place);
  }

  get labels(): PackedLabels {
    return this.#page.readNext(this.#place);
  }
}
