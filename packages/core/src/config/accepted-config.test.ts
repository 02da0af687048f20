import { describe, expect, test } from 'vitest';
import { parseConfig } from './load-config.js';

const job = (fields: string): string => `scrape_configs:\n- job_name: a\n  ${fields}\n`;

describe('what is accepted', () => {
  const parse = (text: string, env = {}) => parseConfig(text, '/etc/agent/p.yml', { env });

  test('an empty file is all defaults', () => {
    expect(parse('')).toEqual({
      file: '/etc/agent/p.yml',
      scrapeDefaults: expect.objectContaining({ intervalMs: 60_000, timeoutMs: 10_000 }),
      externalLabels: {},
      scrapeConfigFiles: [],
      includedFiles: [],
      scrapeConfigs: [],
      remoteWrites: [],
      kafkaWrites: [],
      pushgatewayWrites: [],
      agent: {
        threads: 1,
        threadMemoryBytes: 536_870_912,
        allowLinkLocalRedirects: false,
        seriesLimit: 0,
        jobSeriesLimit: 0,
        targetSeriesLimit: 0,
        self: {
          enabled: true,
          job: undefined,
          instance: undefined,
          intervalMs: 60_000,
          scrapeNativeHistograms: false,
          alwaysScrapeClassicHistograms: false,
        },
        queue: undefined,
      },
      pool: undefined,
      unusedSections: [],
      emptyVariables: [],
    });
  });

  const timings: [global: string, job: string, intervalMs: number, timeoutMs: number][] = [
    ['', '', 60_000, 10_000],
    ['scrape_interval: 5s', '', 5000, 5000],
    ['scrape_interval: 0s', 'scrape_interval: 0s', 60_000, 10_000],
    ['scrape_interval: 2m, scrape_timeout: 90s', '', 120_000, 90_000],
    ['scrape_interval: 2m, scrape_timeout: 90s', 'scrape_interval: 30s', 30_000, 30_000],
    ['', 'scrape_interval: 1s', 1000, 1000],
    ['', 'scrape_interval: 1h, scrape_timeout: 1h', 3_600_000, 3_600_000],
  ];

  test.each(timings)('global {%s} and job {%s}', (global, fields, intervalMs, timeoutMs) => {
    const text = `global: {${global}}\nscrape_configs: [{job_name: a, ${fields}}]`;
    expect(parse(text).scrapeConfigs[0]).toMatchObject({ intervalMs, timeoutMs });
  });

  test('jobs inherit limits and protocols, and 0 is no value', () => {
    const { scrapeConfigs } = parse(`
global: {body_size_limit: 1MB, sample_limit: 5, scrape_protocols: [PrometheusText0.0.4]}
scrape_configs:
- {job_name: a, sample_limit: 0}
- {job_name: b, sample_limit: 6, body_size_limit: 2MB, scrape_protocols: [OpenMetricsText1.0.0]}
`);
    expect(
      scrapeConfigs.map(({ job }) => [
        job.bodySizeLimitBytes,
        job.sampleLimit,
        job.scrapeProtocols,
      ]),
    ).toEqual([
      [1_048_576, 5, ['PrometheusText0.0.4']],
      [2_097_152, 6, ['OpenMetricsText1.0.0']],
    ]);
  });

  test.each([
    ['010', 8],
    ['0x10', 16],
    ['+0X1_0', 16],
    ['0b_11', 3],
    ['1_000', 1000],
    ['1.9', 1],
  ])('a limit written as %s is %d, as for go-yaml', (written, limit) => {
    const [config] = parse(job(`sample_limit: ${written}`)).scrapeConfigs;
    expect(config!.job.sampleLimit).toBe(limit);
  });

  test('paths are relative to the folder of the file', () => {
    const text = job('file_sd_configs: [{files: [a.json, ../b/*.yml, /c.yaml]}]');
    expect(parse(text).scrapeConfigs[0]!.discoveries).toEqual([
      {
        kind: 'file',
        files: ['/etc/agent/a.json', '/etc/b/*.yml', '/c.yaml'],
        refreshIntervalMs: 300_000,
      },
    ]);
  });

  test('paths stay relative where the path of the file is, for __meta_filepath shows them', () => {
    const text = job('file_sd_configs: [{files: [a.json, ../b/*.yml, /c.yaml]}]');
    const pathsOf = (file: string) => parseConfig(text, file).scrapeConfigs[0]!.discoveries;
    expect(pathsOf('p.yml')).toMatchObject([{ files: ['a.json', '../b/*.yml', '/c.yaml'] }]);
    expect(pathsOf('conf/p.yml')).toMatchObject([{ files: ['conf/a.json', 'b/*.yml', '/c.yaml'] }]);
  });

  test.each(['consul:8500', 'consul', '[::1]:8500', 'http://consul:8500', 'https://consul/path'])(
    'a Consul at %s',
    (server) => {
      const [config] = parse(job(`consul_sd_configs: [{server: "${server}"}]`)).scrapeConfigs;
      expect(config!.discoveries).toMatchObject([{ kind: 'consul', server }]);
    },
  );

  test('external_labels take variables from the environment, and say which are empty', () => {
    const text = `global: {external_labels: {a: "$A-\${B}-$$", b: "\${NONE}", c: 1.50, d: x$NONE}}`;
    const config = parse(text, { A: '1', B: '2' });
    expect(config.externalLabels).toEqual({ a: '1-2-$', c: '1.50', d: 'x' });
    expect(config.emptyVariables).toEqual(['NONE']);
  });

  test('sections that mean nothing to an agent are named', () => {
    const text = `
global: {evaluation_interval: 15s, query_log_file: q.log}
rule_files: [a.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ["x:1"]}]}]}
storage: {}
remote_read:
`;
    const { unusedSections } = parse(text);
    const places = unusedSections.map(
      ({ name, place }) => `${place?.line}:${place?.column} ${name}`,
    );
    expect(places).toEqual([
      '3:1 rule_files',
      '4:1 alerting',
      '2:10 global.evaluation_interval',
      '2:36 global.query_log_file',
    ]);
  });

  test('of several YAML documents the first is read, and the next is named', () => {
    const config = parse('scrape_configs: [{job_name: a}]\n---\nglobal: [\n');
    expect(config.scrapeConfigs).toHaveLength(1);
    expect(config.unusedSections).toMatchObject([{ name: 'the YAML document in line 3' }]);
  });

  test('settings of Prometheus that ask for what prom-agent does anyway', () => {
    const { scrapeConfigs } = parse(`
global: {extra_scrape_metrics: false, target_limit: 0, metric_name_validation_scheme: utf8}
scrape_configs: [{job_name: a, enable_http2: true, track_timestamps_staleness: no}]
remote_write: [{url: "http://h/w", send_exemplars: false, queue_config: {min_shards: 1}}]
`);
    expect(scrapeConfigs).toHaveLength(1);
  });

  test('fields that prom-agent does not have, where they ask for nothing', () => {
    const { scrapeConfigs, remoteWrites } = parse(`
scrape_configs: [{job_name: a, kubernetes_sd_configs: [], ec2_sd_configs: }]
remote_write: [{url: "http://h/w", sigv4: , write_relabel_configs: []}]
`);
    expect([scrapeConfigs.length, remoteWrites.length]).toEqual([1, 1]);
  });

  test('remote_write is named after its URL without secrets, each name once', () => {
    const { remoteWrites } = parse(`
remote_write:
- url: https://u:secret@h:1/w?token=secret
- url: https://h:1/w
- {url: "https://h:1/w", name: mine}
`);
    expect(remoteWrites.map(({ name }) => name)).toEqual([
      'https://h:1/w',
      'https://h:1/w#2',
      'mine',
    ]);
  });
});
