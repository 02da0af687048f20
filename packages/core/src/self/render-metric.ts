import {
  escapeHelp,
  escapeQuoted,
  labelNameText,
  metricNameText,
  nonFiniteText,
  seriesText,
} from '../exposition/render/text-format.js';
import type { RegistryMetricValues, RegistrySample } from './registry.js';

type Labels = RegistrySample['labels'];

/** What a prom-client metric gives to a renderer; its histograms keep the shared labels apart. */
export interface RenderableValues extends Omit<RegistryMetricValues, 'values'> {
  readonly values: readonly (Partial<RegistrySample> & {
    readonly value: number;
    readonly sharedLabels?: Labels;
  })[];
}

const noLabels: Labels = {};

/**
 * A metric of a prom-client registry in the text format 0.0.4, the last line ended. Not by the
 * registry itself: one that is set to OpenMetrics adds `_total` and exemplars, which are errors here.
 */
export function renderMetric(metric: RenderableValues, defaultLabels: Labels): string {
  const { name, help, type } = metric;
  const nameText = metricNameText(name);
  let text = `# HELP ${nameText} ${escapeHelp(help)}\n# TYPE ${nameText} ${type}\n`;
  const defaults = Object.keys(defaultLabels).length > 0 ? defaultLabels : undefined;
  for (const sample of metric.values) {
    const pairs = pairsText(sample.labels ?? noLabels, sample.sharedLabels, defaults);
    const value = nonFiniteText(sample.value) ?? String(sample.value);
    text += `${seriesText(sample.metricName ?? name, pairs)} ${value}\n`;
  }
  return text;
}

function pairsText(own: Labels, shared: Labels | undefined, defaults: Labels | undefined): string {
  const pairs: string[] = [];
  for (const label in own) {
    if (shared === undefined || !Object.hasOwn(shared, label)) pairs.push(pairText(label, own));
  }
  if (shared !== undefined) {
    const text = sharedText(shared);
    if (text !== '') pairs.push(text);
  }
  if (defaults !== undefined) {
    for (const label in defaults) {
      const given =
        Object.hasOwn(own, label) || (shared !== undefined && Object.hasOwn(shared, label));
      if (!given) pairs.push(pairText(label, defaults));
    }
  }
  return pairs.join(',');
}

function pairText(label: string, labels: Labels): string {
  return `${labelNameText(label)}="${escapeQuoted(String(labels[label]))}"`;
}

// prom-client gives the same object at each scrape; all buckets of a series have it.
const sharedTexts = new WeakMap<Labels, string>();

function sharedText(shared: Labels): string {
  let text = sharedTexts.get(shared);
  if (text === undefined) {
    text = Object.keys(shared)
      .map((label) => pairText(label, shared))
      .join(',');
    sharedTexts.set(shared, text);
  }
  return text;
}
