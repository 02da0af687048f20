import type { PackedLabels } from '../model/packed-labels.js';
import { TextPage, type TextPair } from '../model/text-pages.js';
import type { Target } from '../targets/target.js';
import { targetPhaseMs } from '../targets/target-phase.js';
import type { TargetPlan } from './target-plan.js';

/**
 * Plans of targets of one job, in columns: texts and objects that are made of ten thousand targets only to be sent are a
 * third of what telling takes the host's event loop. URL and packed labels are pairs of texts on pages that the
 * threads share.
 */
export interface PackedPlans {
  readonly job: string;
  readonly ids: readonly string[];
  /** Of each target interval and timeout, in ms. */
  readonly timesMs: Float64Array;
  readonly pages: readonly SharedArrayBuffer[];
  /** Of each target which of the pages, and where on it. */
  readonly places: Uint32Array;
}

/** A target whose plan is all in what is packed. */
export type PackableTarget = Target & { readonly texts: TextPair };

export function isPackable(target: Target): target is PackableTarget {
  return target.texts !== undefined && target.histograms === undefined;
}

export function packPlans(job: string, targets: readonly PackableTarget[]): PackedPlans {
  const ids: string[] = [];
  const timesMs = new Float64Array(2 * targets.length);
  const places = new Uint32Array(2 * targets.length);
  const pages: SharedArrayBuffer[] = [];
  for (let i = 0; i < targets.length; i++) {
    const { id, texts, intervalMs, timeoutMs } = targets[i]!;
    const { memory } = texts.page;
    ids.push(id);
    timesMs[2 * i] = intervalMs;
    timesMs[2 * i + 1] = timeoutMs;
    // Those that were built together stand on one page.
    if (pages.at(-1) !== memory) pages.push(memory);
    places[2 * i] = pages.length - 1;
    places[2 * i + 1] = texts.place;
  }
  return { job, ids, timesMs, pages, places };
}

export function unpackPlans({ job, ids, timesMs, pages, places }: PackedPlans): TargetPlan[] {
  const textPages = pages.map((memory) => new TextPage(memory));
  return ids.map((id, i) => {
    const times = { intervalMs: timesMs[2 * i]!, timeoutMs: timesMs[2 * i + 1]! };
    const page = textPages[places[2 * i]!]!;
    return new UnpackedPlan(id, job, times, { page, place: places[2 * i + 1]! });
  });
}

/** Its texts are wanted at the first tick. */
class UnpackedPlan implements TargetPlan {
  readonly id: string;
  readonly job: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly phaseMs: number;
  readonly #page: TextPage;
  readonly #place: number;

  constructor(
    id: string,
    job: string,
    { intervalMs, timeoutMs }: Pick<TargetPlan, 'intervalMs' | 'timeoutMs'>,
    { page, place }: TextPair,
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
