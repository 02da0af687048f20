// 10,000 targets of a discovery with many meta labels, and 20 rules as people write them for it.
import { renameSync, writeFileSync } from 'node:fs';

/** The groups as a file; the last `dropped` of the targets are not healthy, and so not kept. */
export function writeTargets(file, targetCount, dropped) {
  const groups = groupsOf(targetCount).map(({ targets, labels }, i) => ({
    targets: [targets[0].get('__address__')],
    labels: {
      ...Object.fromEntries(labels),
      ...(i >= targetCount - dropped && { __meta_health: 'critical' }),
    },
  }));
  // In one step, or the discovery would read half a file.
  writeFileSync(`${file}.new`, JSON.stringify(groups));
  renameSync(`${file}.new`, file);
}

/** Groups of one target each, as a file of ten thousand entries gives them. */
export function groupsOf(count) {
  return Array.from({ length: count }, (_, i) => ({
    source: `targets.json:${i}`,
    targets: [new Map([['__address__', addressOf(i)]])],
    labels: labelsOf(i),
  }));
}

function addressOf(i) {
  return `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}:9100`;
}

function labelsOf(i) {
  return new Map([
    ['__meta_service', `service-${i % 97}`],
    ['__meta_node', `node-${i % 500}.example.com`],
    ['__meta_datacenter', ['fra', 'ams', 'lon'][i % 3]],
    ['__meta_tags', `,prod,team-${i % 11},v${i % 5},`],
    ['__meta_metadata_team', `team-${i % 11}`],
    ['__meta_metadata_tier', ['web', 'db', 'batch'][i % 3]],
    ['__meta_metadata_version', `1.${i % 30}.${i % 7}`],
    ['__meta_health', 'passing'],
    ['__meta_port_name', 'metrics'],
    ...(i % 5 === 0 ? [['__meta_scrape_path', '/actuator/prometheus']] : []),
  ]);
}

export const relabelConfigs = [
  { sourceLabels: ['__meta_health'], regex: 'passing|warning', action: 'keep' },
  { sourceLabels: ['__meta_tags'], regex: '.*,prod,.*', action: 'keep' },
  { sourceLabels: ['__meta_tags'], regex: '.*,ignored,.*', action: 'drop' },
  { sourceLabels: ['__meta_port_name'], regex: 'metrics|http-.*', action: 'keep' },
  { sourceLabels: ['__meta_service'], targetLabel: 'job' },
  { sourceLabels: ['__meta_service'], targetLabel: 'service' },
  { sourceLabels: ['__meta_datacenter'], targetLabel: 'dc' },
  { sourceLabels: ['__meta_node'], regex: '([^.]+)\\..*', targetLabel: 'node' },
  { sourceLabels: ['__meta_tags'], regex: '.*,v([0-9]+),.*', targetLabel: 'version' },
  { sourceLabels: ['__meta_tags'], regex: '.*,(team-[^,]+),.*', targetLabel: 'team' },
  { regex: '__meta_metadata_(.+)', action: 'labelmap' },
  { sourceLabels: ['__meta_scrape_path'], regex: '(.+)', targetLabel: '__metrics_path__' },
  { sourceLabels: ['dc', 'service'], separator: '/', targetLabel: 'path' },
  {
    sourceLabels: ['__address__'],
    regex: '([^:]+):(\\d+)',
    replacement: '$1',
    targetLabel: 'host',
  },
  { sourceLabels: ['__address__'], modulus: 16, targetLabel: '__tmp_hash', action: 'hashmod' },
  { sourceLabels: ['__tmp_hash'], regex: '1[0-5]|[0-9]', action: 'keep' },
  { sourceLabels: ['dc'], targetLabel: 'dc', action: 'uppercase' },
  { sourceLabels: ['tier'], regex: 'db', replacement: '30s', targetLabel: '__scrape_interval__' },
  { regex: 'path', action: 'labeldrop' },
  { targetLabel: 'env', replacement: 'production' },
];
