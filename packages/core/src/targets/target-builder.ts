import type { ScrapeConfig } from '../config/agent-config.js';
import type { Labels } from '../model/labels.js';
import type { NumberList } from '../model/number-list.js';
import { TextPages } from '../model/text-pages.js';
import { type ColumnRule, compileColumnRules } from '../relabel/column-rules.js';
import { LabelColumns, mostRows } from '../relabel/label-columns.js';
import { atOnce, type Budget, noEnd } from '../self/time-slice.js';
import { checkAddress, type TargetProblem } from './check-labels.js';
import { discoveredLabels, labelsOfJob } from './discovered-labels.js';
import type { Entries } from './entries.js';
import { type FoundTarget, ownLabels } from './found-target.js';
import { addressLabel } from './hidden-labels.js';
import { histogramOverrides } from './histogram-settings.js';
import { RelabelledRows } from './relabelled-rows.js';
import { ScrapeTimesReader } from './scrape-times.js';
import { idOfText } from './target-id.js';
import { CommonSettings, type TargetSettings } from './target-settings.js';
import { targetUrl } from './target-url.js';

const droppedByRule: TargetProblem = {
  reason: 'relabelling',
  message: 'a rule of relabel_configs dropped it',
};

/** Of some 5 µs each. */
const rowsPerLook = 8;

/** Makes targets of what the discoveries of one job find, as Prometheus' PopulateLabels does. */
export class TargetBuilder {
  readonly config: ScrapeConfig;
  /** Undefined until there is a target. */
  #rules: readonly ColumnRule[] | undefined;
  readonly #jobLabels: Labels;
  readonly #times = new ScrapeTimesReader();
  readonly #settings = new CommonSettings(this);
  /** Of the targets that were made. */
  readonly #texts = new TextPages();
  /** Of the targets in the making. */
  readonly #labels = new LabelColumns();
  readonly #rows = new RelabelledRows(this.#labels);

  constructor(config: ScrapeConfig) {
    this.config = config;
    this.#jobLabels = labelsOfJob(config);
  }

  /** The labels of a target before relabelling. */
  discovered(found: FoundTarget): Labels {
    return discoveredLabels(ownLabels(found), found.group.labels, this.#jobLabels);
  }

  /**
   * Adds what becomes of each to entries, and appends its row. That a target is there already is not seen here: see JobTargets. Yields when the budget is
   * spent; run it to its end before the next.
   */
  *build(
    found: readonly FoundTarget[],
    entries: Entries,
    rows: NumberList,
    budget: Budget,
  ): Generator<undefined, undefined> {
    for (let from = 0; from < found.length; from += mostRows) {
      const batch = found.slice(from, from + mostRows);
      yield* this.#relabel(batch, budget);
      const isKept = this.#keptRows();
      for (let row = 0; row < batch.length; row++) {
        const one = batch[row]!;
        const isTarget = isKept[row] === 1;
        rows.push(
          isTarget ? this.#read(one, row, entries) : entries.addProblem(one, droppedByRule),
        );
        if (row % rowsPerLook === 0 && budget.spent) yield;
      }
    }
    return undefined;
  }

  /**
   * Of each all labels after relabelling, the hidden ones and `__meta_*` among them; undefined where a rule drops it.
   */
  populate(found: readonly FoundTarget[]): (Labels | undefined)[] {
    const all: (Labels | undefined)[] = [];
    for (let from = 0; from < found.length; from += mostRows) {
      const batch = found.slice(from, from + mostRows);
      atOnce(this.#relabel(batch, noEnd));
      const isKept = this.#keptRows();
      for (let row = 0; row < batch.length; row++) {
        all.push(isKept[row] ? this.#labels.labelsOf(row) : undefined);
      }
    }
    this.end();
    return all;
  }

  /** Gives the memory back that helps to build many at a time. */
  end(): void {
    this.#rows.end();
    this.#labels.end();
  }

  #keptRows(): Uint8Array {
    const isKept = new Uint8Array(mostRows);
    const { rows, count } = this.#labels;
    for (let i = 0; i < count; i++) isKept[rows[i]!] = 1;
    return isKept;
  }

  *#relabel(found: readonly FoundTarget[], budget: Budget): Generator<undefined, undefined> {
    const { relabelRules, job } = this.config;
    this.#rules ??= yield* compileColumnRules(relabelRules, job.nameValidation);
    const labels = this.#labels;
    labels.begin();
    for (const one of found) {
      const row = labels.addRow();
      labels.addBeneath(row, ownLabels(one));
      labels.addBeneath(row, one.group.labels);
      if (row % rowsPerLook === 0 && budget.spent) yield;
    }
    labels.addBeneathAll(this.#jobLabels);
    for (const rule of this.#rules) {
      if (budget.spent) yield;
      rule(labels);
    }
    const { numbers: addresses } = labels.column(addressLabel);
    const { numbers: instances } = labels.column('instance');
    for (let row = 0; row < found.length; row++) instances[row] ||= addresses[row]!;
    this.#rows.begin();
    return undefined;
  }

  #read(found: FoundTarget, row: number, entries: Entries): number {
    const rows = this.#rows;
    rows.at(row);
    const problem = checkAddress(rows.get(addressLabel));
    if (problem !== undefined) return entries.addProblem(found, problem);
    const settings = rows.read() ?? this.#settingsOf(rows);
    if (typeof settings === 'string') {
      return entries.addProblem(found, { reason: 'invalid', message: settings });
    }
    const { job, params } = this.config;
    const url = targetUrl(rows, params, rows.hasParams);
    const id = idOfText(`${job.name}\0${url}\0${rows.identity}`);
    this.#texts.addPair(url, rows.shown);
    return entries.addTarget(found, id, settings, this.#texts);
  }

  /** A string says what is wrong with them. */
  #settingsOf(rows: RelabelledRows): TargetSettings | string {
    const times = this.#times.read(rows);
    if (typeof times === 'string') return times;
    const histograms = histogramOverrides(rows, this.config.job);
    if (typeof histograms === 'string') return histograms;
    return histograms === undefined
      ? this.#settings.of(times)
      : { builder: this, times, histograms };
  }
}
