import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ScrapeConfig } from '../config/agent-config.js';
import { parseDuration } from '../config/duration.js';
import { parseConfig } from '../config/load-config.js';
import type { TargetGroup } from '../discovery/discovery.js';
import { StaticDiscovery } from '../discovery/static-discovery.js';
import type { RelabelAction, RelabelRule } from '../relabel/rule.js';
import { buildTargets } from './build-targets.js';
import { isHiddenLabel } from './hidden-labels.js';
import { targetId } from './target-id.js';
import { targetUrl } from './target-url.js';

// What Prometheus makes of targets, recorded; the folder lies beside the repository or is not there.
const folder = new URL('../../../../../shared/conformance/', import.meta.url);
const isThere = existsSync(folder);

function recorded<T>(file: string): (readonly [id: string, recorded: T])[] {
  if (!isThere) return [];
  const lines = readFileSync(new URL(file, folder), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line)).map((one) => [one.id, one]);
}

type LabelRecord = Record<string, string>;

interface PopulateCase {
  scrape_config: {
    job_name?: string;
    scrape_interval?: string;
    scrape_timeout?: string;
    metrics_path?: string;
    scheme?: string;
    params?: Record<string, string[]>;
    relabel_configs?: {
      source_labels?: string[];
      separator: string;
      regex?: string;
      target_label?: string;
      replacement?: string;
      action: RelabelAction;
    }[];
  };
  target: LabelRecord;
  group: LabelRecord;
  expect: { error?: string; dropped?: boolean; labels_after_relabel?: LabelRecord };
}

function scrapeConfigOf({ scrape_config: written }: PopulateCase): ScrapeConfig {
  const parsed = parseConfig('{scrape_configs: [{job_name: j}]}', 'prometheus.yml');
  const [defaults] = parsed.scrapeConfigs;
  const relabelRules: RelabelRule[] = (written.relabel_configs ?? []).map((rule) => ({
    sourceLabels: rule.source_labels ?? [],
    separator: rule.separator,
    regex: rule.regex ?? '',
    modulus: 0,
    targetLabel: rule.target_label ?? '',
    replacement: rule.replacement ?? '',
    action: rule.action,
  }));
  return {
    ...defaults!,
    job: { ...defaults!.job, name: written.job_name ?? '' },
    intervalMs: parseDuration(written.scrape_interval ?? '0') ?? 0,
    timeoutMs: parseDuration(written.scrape_timeout ?? '0') ?? 0,
    scheme: written.scheme ?? '',
    metricsPath: written.metrics_path ?? '',
    params: written.params ?? {},
    relabelRules,
    discoveries: [],
  };
}

describe.skipIf(!isThere)('recorded populate_labels', () => {
  it.each(recorded<PopulateCase>('populate_labels.jsonl'))('%s', (_id, one) => {
    const config = scrapeConfigOf(one);
    const group: TargetGroup = {
      source: '0',
      targets: [new Map(Object.entries(one.target))],
      labels: new Map(Object.entries(one.group)),
    };
    const { targets, dropped } = buildTargets(config, [group]);
    if (one.expect.labels_after_relabel === undefined) {
      expect(targets).toEqual([]);
      expect(dropped).toHaveLength(1);
      const isRelabelled = dropped[0]!.reason === 'relabelling';
      expect(isRelabelled).toBe(one.expect.dropped === true);
      return;
    }
    const labels = new Map(Object.entries(one.expect.labels_after_relabel));
    const url = targetUrl(labels, config.params);
    expect(dropped).toEqual([]);
    expect(targets).toMatchObject([
      {
        // The id stands for every label, the hidden ones too.
        id: targetId(config.job.name, url, labels),
        url,
        labels: new Map([...labels].filter(([name]) => !isHiddenLabel(name))),
        intervalMs: parseDuration(labels.get('__scrape_interval__')!),
        timeoutMs: parseDuration(labels.get('__scrape_timeout__')!),
      },
    ]);
  });
});

interface TargetsCase {
  config_yaml: string;
  expect: {
    ok: boolean;
    targets: {
      job: string;
      discovered: LabelRecord;
      dropped?: boolean;
      error?: string;
      url?: string;
      labels?: LabelRecord;
      interval?: string;
      timeout?: string;
    }[];
  };
}

async function groupsOf(config: ScrapeConfig): Promise<readonly TargetGroup[]> {
  const stop = new AbortController();
  const groups: TargetGroup[] = [];
  for (const discovery of config.discoveries) {
    if (discovery.kind !== 'static') throw new Error('the recorded cases are static');
    const running = new StaticDiscovery(discovery).run((update) => {
      groups.push(...update.groups);
    }, stop.signal);
    stop.abort();
    await running;
  }
  return groups;
}

describe.skipIf(!isThere)('recorded targets', () => {
  it.each(recorded<TargetsCase>('targets.jsonl'))(
    '%s',
    async (_id, { config_yaml: yaml, expect: wanted }) => {
      const { scrapeConfigs } = parseConfig(yaml, 'prometheus.yml');
      for (const config of scrapeConfigs) {
        const groups = await groupsOf(config);
        const built = buildTargets(config, groups);
        const left = { targets: [...built.targets], dropped: [...built.dropped] };
        const seen = new Set<string>();
        for (const one of wanted.targets.filter(({ job }) => job === config.job.name)) {
          const key = JSON.stringify([one.url, one.labels]);
          // Prometheus lists a target that is there twice and scrapes it once.
          const isDropped = one.dropped === true || one.error !== undefined || seen.has(key);
          const ours = isDropped ? left.dropped.shift() : left.targets.shift();
          expect(ours).toMatchObject({
            job: one.job,
            discoveredLabels: new Map(Object.entries(one.discovered)),
            ...(!isDropped && {
              url: one.url,
              labels: new Map(Object.entries(one.labels!)),
              intervalMs: parseDuration(one.interval!),
              timeoutMs: parseDuration(one.timeout!),
            }),
            ...(one.dropped && { reason: 'relabelling' }),
            ...(one.error === 'no address' && { reason: 'no_address' }),
            ...(one.error !== undefined && one.error !== 'no address' && { reason: 'invalid' }),
            ...(seen.has(key) && { reason: 'duplicate' }),
          });
          if (!isDropped) seen.add(key);
        }
        expect(left).toEqual({ targets: [], dropped: [] });
      }
    },
  );
});
