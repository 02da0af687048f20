import type { ScrapeConfig } from '../config/agent-config.js';
import { formatDuration } from '../config/duration.js';
import type { Labels } from '../model/labels.js';
import {
  metricsPathLabel,
  paramLabelPrefix,
  schemeLabel,
  scrapeIntervalLabel,
  scrapeTimeoutLabel,
} from './hidden-labels.js';
import { histogramLabels } from './histogram-settings.js';

/** What a job says of each of its targets that do not say it themselves, as labels. */
export function labelsOfJob(config: ScrapeConfig): Labels {
  const labels: [name: string, value: string][] = [
    ['job', config.job.name],
    [scrapeIntervalLabel, formatDuration(config.intervalMs)],
    [scrapeTimeoutLabel, formatDuration(config.timeoutMs)],
    [metricsPathLabel, config.metricsPath],
    [schemeLabel, config.scheme],
    ...histogramLabels(config.job),
  ];
  for (const [name, [first]] of Object.entries(config.params)) {
    labels.push([paramLabelPrefix + name, first ?? '']);
  }
  return new Map(labels.filter(([, value]) => value !== ''));
}

/** A target before relabelling: its own labels win over its group's, and both over its job's. */
export function discoveredLabels(
  ofTarget: Labels,
  ofGroup: Labels,
  ofJob: Labels,
): Map<string, string> {
  const labels = new Map<string, string>();
  // Not for-of: it makes an array for each label, and this runs for each target.
  const add = (value: string, name: string) => labels.set(name, value);
  ofJob.forEach(add);
  ofGroup.forEach(add);
  ofTarget.forEach(add);
  return labels;
}
