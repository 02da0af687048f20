import type { ScrapeConfig } from '../config/agent-config.js';
import type { Labels } from '../model/labels.js';
import { Relabeller } from '../relabel/relabeller.js';
import { checkLabels, type TargetProblem } from './check-labels.js';
import { discoveredLabels, labelsOfJob } from './discovered-labels.js';
import type { FoundTarget } from './found-target.js';
import { addressLabel, isHiddenLabel } from './hidden-labels.js';
import { type HistogramSettings, histogramOverrides } from './histogram-settings.js';
import { ScrapeTimesReader } from './scrape-times.js';
import type { Target } from './target.js';
import { TargetIds } from './target-id.js';
import { targetUrl } from './target-url.js';

const droppedByRule: TargetProblem = {
  reason: 'relabelling',
  message: 'a rule of relabel_configs dropped it',
};

/** Makes targets of what the discoveries of one job find, as Prometheus' PopulateLabels does. */
export class TargetBuilder {
  readonly config: ScrapeConfig;
  readonly #relabeller: Relabeller;
  readonly #jobLabels: Labels;
  readonly #times = new ScrapeTimesReader();
  readonly #ids = new TargetIds();

  constructor(config: ScrapeConfig) {
    this.config = config;
    this.#relabeller = new Relabeller(config.relabelRules, config.job.nameValidation);
    this.#jobLabels = labelsOfJob(config);
  }

  /** The labels of a target before relabelling. */
  discovered({ ofTarget, ofGroup }: FoundTarget): Labels {
    return discoveredLabels(ofTarget, ofGroup, this.#jobLabels);
  }

  /** The target, or why it is none. That it is there already is not seen here: see JobTargets. */
  build(found: FoundTarget): Target | TargetProblem {
    const labels = this.populate(found);
    if ('reason' in labels) return labels;
    const times = this.#times.read(labels);
    if (typeof times === 'string') return { reason: 'invalid', message: times };
    const histograms = histogramOverrides(labels, this.config.job);
    if (typeof histograms === 'string') return { reason: 'invalid', message: histograms };
    const job = this.config.job.name;
    const url = targetUrl(labels, this.config.params);
    const id = this.#ids.idOf(job, url, labels);
    const made = { id, job, url, labels: shown(labels), ...times, histograms };
    return new BuiltTarget(made, this, found);
  }

  /** All labels after relabelling, the hidden ones and `__meta_*` among them. */
  populate({ ofTarget, ofGroup }: FoundTarget): Labels | TargetProblem {
    const labels = discoveredLabels(ofTarget, ofGroup, this.#jobLabels);
    if (!this.#relabeller.change(labels)) return droppedByRule;
    const address = labels.get(addressLabel);
    if (address !== undefined && !labels.has('instance')) labels.set('instance', address);
    return checkLabels(labels) ?? labels;
  }
}

/**
 * Of a class of its own: an object with a getter of its own is a hash table to V8, five times as large.
 */
class BuiltTarget implements Target {
  readonly id: string;
  readonly job: string;
  readonly url: string;
  readonly labels: Labels;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly histograms: HistogramSettings | undefined;
  readonly #builder: TargetBuilder;
  readonly #found: FoundTarget;

  constructor(made: Omit<Target, 'discoveredLabels'>, builder: TargetBuilder, found: FoundTarget) {
    this.id = made.id;
    this.job = made.job;
    this.url = made.url;
    this.labels = made.labels;
    this.intervalMs = made.intervalMs;
    this.timeoutMs = made.timeoutMs;
    this.histograms = made.histograms;
    this.#builder = builder;
    this.#found = found;
  }

  /** Looked at now and then, and more than half of a target's memory: put together when asked for. */
  get discoveredLabels(): Labels {
    return this.#builder.discovered(this.#found);
  }
}

function shown(labels: Labels): Labels {
  const visible = new Map<string, string>();
  labels.forEach((value, name) => {
    if (!isHiddenLabel(name)) visible.set(name, value);
  });
  return visible;
}
