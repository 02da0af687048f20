import { describe, expect, it } from 'vitest';
import { parseConfig } from '../config/load-config.js';
import type { Labels } from '../model/labels.js';
import { buildTargets } from './build-targets.js';

type LabelRecord = Record<string, string>;

/** Builds the targets of one job from label sets; `fields` are YAML of its scrape_config. */
function build(targets: LabelRecord[], fields = '', groupLabels: LabelRecord = {}) {
  const yaml = `scrape_configs:\n- job_name: j\n${fields.replace(/^(?=.)/gm, '  ')}`;
  const [config] = parseConfig(yaml, 'prometheus.yml').scrapeConfigs;
  const group = { source: '0', targets: targets.map(mapOf), labels: mapOf(groupLabels) };
  return buildTargets(config!, [group]);
}

function mapOf(labels: LabelRecord): Labels {
  return new Map(Object.entries(labels));
}

describe('buildTargets', () => {
  it('fills in what the job says, and shows no hidden label', () => {
    const { targets, dropped } = build([{ __address__: 'a:1', __meta_zone: 'z', dc: 'x' }]);
    expect(dropped).toEqual([]);
    expect(targets).toMatchObject([
      {
        id: expect.stringMatching(/^[0-9a-f]{16}$/),
        job: 'j',
        url: 'http://a:1/metrics',
        labels: mapOf({ dc: 'x', job: 'j', instance: 'a:1' }),
        discoveredLabels: mapOf({
          __address__: 'a:1',
          __meta_zone: 'z',
          __metrics_path__: '/metrics',
          __scheme__: 'http',
          __scrape_interval__: '1m',
          __scrape_timeout__: '10s',
          __scrape_native_histograms__: 'false',
          __always_scrape_classic_histograms__: 'false',
          __convert_classic_histograms_to_nhcb__: 'false',
          dc: 'x',
          job: 'j',
        }),
        intervalMs: 60_000,
        timeoutMs: 10_000,
      },
    ]);
  });

  it('labels of the target win over those of its group, and both over the job', () => {
    const { targets } = build(
      [{ __address__: 'a:1', x: 'target' }],
      'params: {p: [config, second]}\n',
      { x: 'group', job: 'group', __param_p: 'group' },
    );
    expect(targets[0]?.labels).toEqual(mapOf({ x: 'target', job: 'group', instance: 'a:1' }));
    expect(targets[0]?.url).toBe('http://a:1/metrics?p=group&p=second');
    expect(targets[0]?.job).toBe('j');
  });

  it.each<[what: string, labels: LabelRecord, reason: string, message: string]>([
    ['no address', { x: 'y' }, 'no_address', 'it has no __address__ after relabelling'],
    [
      'a URL as address',
      { __address__: 'http://a/' },
      'invalid',
      '__address__ is "http://a/", expected host:port (__scheme__ and __metrics_path__ hold the rest of a URL)',
    ],
    [
      'an interval that is none',
      { __address__: 'a', __scrape_interval__: '1.5s' },
      'invalid',
      '__scrape_interval__ is "1.5s", expected a duration such as 15s',
    ],
    [
      'no interval at all',
      { __address__: 'a', __scrape_interval__: '0' },
      'invalid',
      '__scrape_interval__ is 0, expected a duration such as 15s',
    ],
    [
      'a timeout of 0',
      { __address__: 'a', __scrape_timeout__: '0ms' },
      'invalid',
      '__scrape_timeout__ is 0, expected a duration such as 15s',
    ],
    [
      'a timeout that is too long',
      { __address__: 'a', __scrape_timeout__: '2m' },
      'invalid',
      '__scrape_timeout__ (2m) is longer than __scrape_interval__ (1m)',
    ],
    [
      'half a character',
      { __address__: 'a', x: '\ud800' },
      'invalid',
      'the label x is "\\ud800", which holds half of a character',
    ],
    [
      'a label without a name',
      { __address__: 'a', '': 'x' },
      'invalid',
      '"" is not a valid label name',
    ],
  ])('drops a target with %s', (_what, labels, reason, message) => {
    const { targets, dropped } = build([labels, { __address__: 'good:1' }]);
    expect(targets.map(({ url }) => url)).toEqual(['http://good:1/metrics']);
    expect(dropped).toEqual([{ job: 'j', discoveredLabels: expect.any(Map), reason, message }]);
    expect(Object.fromEntries(dropped[0]!.discoveredLabels)).toMatchObject(labels);
  });

  it('drops by relabelling, says so, and keeps the labels from before', () => {
    const rules = 'relabel_configs:\n- {action: drop, source_labels: [x], regex: y}\n';
    const { targets, dropped } = build([{ __address__: 'a', x: 'y' }], rules);
    expect(targets).toEqual([]);
    expect(dropped).toMatchObject([{ reason: 'relabelling' }]);
    expect(dropped[0]!.discoveredLabels.get('x')).toBe('y');
  });

  it('invalid meta labels do no harm: they go', () => {
    const { targets } = build([{ __address__: 'a', __meta_x: '\ud800' }]);
    expect(targets).toHaveLength(1);
  });

  it('a target that is there twice is scraped once; another label makes another target', () => {
    const { targets, dropped } = build([
      { __address__: 'a:1' },
      { __address__: 'a:1', __meta_found: 'again' },
      { __address__: 'a:1', x: 'y' },
      { __address__: 'a:1', __tmp: 'hidden labels count' },
    ]);
    expect(targets).toHaveLength(3);
    expect(dropped).toMatchObject([
      {
        reason: 'duplicate',
        message: 'the job has http://a:1/metrics with the same labels already',
      },
    ]);
    expect(dropped[0]?.discoveredLabels.get('__meta_found')).toBe('again');
  });

  it('the id stands for the endpoint: not for interval, timeout or how it was found', () => {
    const [plain] = build([{ __address__: 'a:1' }]).targets;
    const changed = build(
      [{ __address__: 'a:1', __meta_x: 'y', __scrape_interval__: '5s' }],
      'scrape_timeout: 5s\n',
    );
    expect(changed.targets).toMatchObject([{ id: plain!.id, intervalMs: 5_000, timeoutMs: 5_000 }]);
  });
});
