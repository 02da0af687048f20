import type { DiscoveryUpdate } from '../../packages/core/src/discovery/discovery.js';

/** What Prometheus adds to each discovered target before relabelling; the rest comes from the discovery. */
const added = /^(__metrics_path__|__scheme__|__scrape_interval__|__scrape_timeout__|job)$/;

/** For the jobs of that Prometheus: without it, targets that differ in discovered labels alone are one. */
export const keepApart = [{ action: 'labelmap', regex: '__meta_(.+)' }];

interface ApiTarget {
  readonly scrapePool: string;
  readonly discoveredLabels: Readonly<Record<string, string>>;
}

/** The labels that a Prometheus has discovered for a job, a target a line, sorted. */
export async function discoveredByPrometheus(url: string, job: string): Promise<string[]> {
  const response = await fetch(`${url}/api/v1/targets?state=active`);
  const { data } = (await response.json()) as { data: { activeTargets: ApiTarget[] } };
  return data.activeTargets
    .filter(({ scrapePool }) => scrapePool === job)
    .map(({ discoveredLabels }) =>
      asLine(Object.entries(discoveredLabels).filter(([name]) => !added.test(name))),
    )
    .sort();
}

/** The same of an update of ours; Prometheus makes one target of two with the same labels. */
export function discoveredByUs(update: DiscoveryUpdate | undefined): string[] {
  const groups = update?.groups ?? [];
  const lines = groups.flatMap(({ targets, labels }) =>
    targets.map((target) => asLine([...labels, ...target])),
  );
  return [...new Set(lines)].sort();
}

function asLine(labels: readonly (readonly [string, string])[]): string {
  return JSON.stringify(labels.filter(([, value]) => value !== '').sort());
}
