import type { ScrapeConfig } from '../config/agent-config.js';
import type { Labels } from '../model/labels.js';
import { packLabels, toPack } from '../model/packed-labels.js';
import { TextPages } from '../model/text-pages.js';
import { LayeredLabels } from '../relabel/layered-labels.js';
import { Relabeller } from '../relabel/relabeller.js';
import { BuiltTarget } from './built-target.js';
import { checkAddress, checkValue, type TargetProblem } from './check-labels.js';
import { discoveredLabels, labelsOfJob } from './discovered-labels.js';
import { type FoundTarget, ownLabels } from './found-target.js';
import { addressLabel } from './hidden-labels.js';
import { histogramOverrides } from './histogram-settings.js';
import { NamesFacts } from './name-facts.js';
import { ScrapeTimesReader } from './scrape-times.js';
import { idOfParts } from './target-id.js';
import { targetUrl } from './target-url.js';

const droppedByRule: TargetProblem = {
  reason: 'relabelling',
  message: 'a rule of relabel_configs dropped it',
};

/** What a value may not hold, or is packed otherwise: one look in place of three, at each label of each target. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: packed labels have a meaning for them
const unusual = /[\0\x01\ud800-\udfff]/;

/** Makes targets of what the discoveries of one job find, as Prometheus' PopulateLabels does. */
export class TargetBuilder {
  readonly config: ScrapeConfig;
  /** Undefined until there is a target. */
  #relabeller: Relabeller | undefined;
  readonly #jobLabels: Labels;
  readonly #times = new ScrapeTimesReader();
  readonly #facts = new NamesFacts();
  /** Of the targets that were made. */
  readonly #texts = new TextPages();
  /** Of the target in the making. */
  readonly #labels = new LayeredLabels();
  readonly #shown: string[] = [];
  readonly #identity: string[] = ['', ''];

  constructor(config: ScrapeConfig) {
    this.config = config;
    this.#jobLabels = labelsOfJob(config);
  }

  /**
   * Makes ready what {@link build} would make ready with its first target. Code that runs for the first time takes
   * ten times as long: twenty rules hold the event loop for 20 ms, so this yields after each.
   */
  *prepare(first: FoundTarget): Generator<undefined, undefined> {
    if (this.#relabeller !== undefined) return undefined;
    const { relabelRules, job } = this.config;
    const relabeller = yield* Relabeller.compiledInSteps(relabelRules, job.nameValidation);
    this.#relabeller = relabeller;
    this.#gatherFound(first);
    yield;
    yield* relabeller.changeInSteps(this.#labels);
    return undefined;
  }

  /** The labels of a target before relabelling. */
  discovered(found: FoundTarget): Labels {
    return discoveredLabels(ownLabels(found), found.group.labels, this.#jobLabels);
  }

  /** The target, or why it is none. That it is there already is not seen here: see JobTargets. */
  build(found: FoundTarget): BuiltTarget | TargetProblem {
    const problem = this.#populate(found);
    if (problem !== undefined) return problem;
    const labels = this.#labels;
    const times = this.#times.read(labels);
    if (typeof times === 'string') return { reason: 'invalid', message: times };
    const histograms = histogramOverrides(labels, this.config.job);
    if (typeof histograms === 'string') return { reason: 'invalid', message: histograms };
    const job = this.config.job.name;
    const url = targetUrl(labels, this.config.params, this.#facts.hasParams);
    this.#identity[0] = job;
    this.#identity[1] = url;
    const id = idOfParts(this.#identity);
    this.#texts.addPair(url, packLabels(this.#shown));
    return new BuiltTarget(this, found, id, { times, histograms }, this.#texts);
  }

  /** All labels after relabelling, the hidden ones and `__meta_*` among them. */
  populate(found: FoundTarget): Labels | TargetProblem {
    return this.#populate(found) ?? this.#labels.labels();
  }

  #gatherFound(found: FoundTarget): void {
    const labels = this.#labels;
    labels.reset();
    labels.addBeneath(ownLabels(found));
    labels.addBeneath(found.group.labels);
    labels.addBeneath(this.#jobLabels);
  }

  #populate(found: FoundTarget): TargetProblem | undefined {
    const labels = this.#labels;
    const { relabelRules, job } = this.config;
    this.#relabeller ??= new Relabeller(relabelRules, job.nameValidation);
    this.#gatherFound(found);
    if (!this.#relabeller.change(labels)) return droppedByRule;
    const address = labels.get(addressLabel);
    if (address !== '' && labels.get('instance') === '') labels.set('instance', address);
    return checkAddress(address) ?? this.#gatherRelabelled();
  }

  /** What samples carry and what the id is made of, but for job and URL. */
  #gatherRelabelled(): TargetProblem | undefined {
    const { names, values, sortedPlaces } = this.#labels;
    const facts = this.#facts.of(names);
    const shown = this.#shown;
    const identity = this.#identity;
    let shownCount = 0;
    // The first two are job and URL.
    let identityCount = 2;
    for (let i = 0; i < sortedPlaces.length; i++) {
      const place = sortedPlaces[i]!;
      const value = values[place]!;
      const of = facts[place]!;
      if (value === '' || of.isMeta) continue;
      let packed = value;
      if (of.problem !== undefined || unusual.test(value)) {
        const message = of.problem ?? checkValue(of.name, value);
        if (message !== undefined) return { reason: 'invalid', message };
        packed = toPack(value);
      }
      if (of.isIdentifying) {
        identity[identityCount++] = of.name;
        identity[identityCount++] = value;
      }
      if (of.isShown) {
        shown[shownCount++] = of.packedName;
        shown[shownCount++] = packed;
      }
    }
    identity[identityCount++] = '';
    // Most targets of a job have as many: an array that is emptied loses its memory.
    if (identity.length > identityCount) identity.length = identityCount;
    if (shown.length > shownCount) shown.length = shownCount;
    return undefined;
  }
}
