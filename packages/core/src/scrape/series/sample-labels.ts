import type { Labels } from '../../model/labels.js';

/**
 * The labels of a scraped series before metric relabelling: what the target exposes joined with the
 * target's own labels (prometheus scrape/scrape.go mutateSampleLabels).
 *
 * `exposed` may hold empty values: with honor_labels they take the target's label away.
 */
export function sampleLabels(
  exposed: readonly (readonly [name: string, value: string])[],
  target: Labels,
  honorLabels: boolean,
): Map<string, string> {
  const labels = new Map(exposed);
  if (honorLabels) {
    for (const [name, value] of target) if (!labels.has(name)) labels.set(name, value);
  } else {
    const clashing: [string, string][] = [];
    for (const [name, value] of target) {
      const existing = labels.get(name);
      if (existing) clashing.push([name, existing]);
      labels.set(name, value);
    }
    if (clashing.length > 0) renameClashing(labels, clashing);
  }
  for (const [name, value] of labels) if (value === '') labels.delete(name);
  return labels;
}

/** A clashing label gets `exported_` as often as it takes to be free, shortest names first. */
function renameClashing(labels: Map<string, string>, clashing: [string, string][]): void {
  clashing.sort((a, b) => Buffer.byteLength(a[0]) - Buffer.byteLength(b[0]));
  for (const [name, value] of clashing) {
    let free = `exported_${name}`;
    while (labels.get(free)) free = `exported_${free}`;
    labels.set(free, value);
  }
}
