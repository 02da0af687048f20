import { compareUtf8 } from '../../model/labels.js';
import { boundLabel, type Family } from './family.js';
import { readFamilies } from './read-families.js';
import { rules } from './rules.js';

/** Something to change about a metric, in promlint's words. */
export interface LintProblem {
  /** Name of the metric family. */
  readonly metric: string;
  readonly text: string;
}

/** How many series a metric family is. */
export interface FamilyCardinality {
  readonly metric: string;
  /**
   * As promtool counts: a histogram's buckets and a summary's quantiles are those of its first metric
   * times its metrics, and `_sum` and `_count` are always there.
   */
  readonly seriesCount: number;
}

export interface LintReport {
  /** Sorted by metric, then text. What is wrong with several metrics of a family is there as often. */
  readonly problems: LintProblem[];
  /** The largest first, of equal ones by name. */
  readonly cardinality: FamilyCardinality[];
}

/**
 * Lints a body of the text format with the rules of promlint, as `promtool check metrics` does.
 *
 * Throws a PromAgentError EXPOSITION_SYNTAX with line, byte column and what was expected.
 */
export function lintMetrics(body: Uint8Array): LintReport {
  const families = readFamilies(body);
  return {
    problems: families.flatMap(problemsOf).sort(byMetricAndText),
    cardinality: families.map(cardinalityOf).sort(bySize),
  };
}

function problemsOf(family: Family): LintProblem[] {
  return rules.flatMap((rule) =>
    Array.from(rule(family), (text) => ({ metric: family.name, text })),
  );
}

function byMetricAndText(a: LintProblem, b: LintProblem): number {
  return compareUtf8(a.metric, b.metric) || compareUtf8(a.text, b.text);
}

function cardinalityOf({ name, type, metricCount, boundCount }: Family): FamilyCardinality {
  const hasBounds = boundLabel(type) !== undefined;
  return { metric: name, seriesCount: hasBounds ? metricCount * (2 + boundCount) : metricCount };
}

function bySize(a: FamilyCardinality, b: FamilyCardinality): number {
  return b.seriesCount - a.seriesCount || compareUtf8(a.metric, b.metric);
}
