import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PromAgentError } from '../errors.js';
import type { AgentOptions } from './agent-options.js';
import { parseConfig } from './load-config.js';
import { resolveConfig } from './resolve-config.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resolve-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(text: string): Promise<string> {
  const file = join(folder, 'prometheus.yml');
  await writeFile(file, text);
  return file;
}

async function messageFor(options: object): Promise<string> {
  try {
    await resolveConfig(options as AgentOptions, { env: {} });
    return 'accepted';
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    expect(error.code).toBe('CONFIG_INVALID');
    return error.message;
  }
}

const job = (fields: object): object => ({ scrapeConfigs: [{ jobName: 'a', ...fields }] });

// biome-ignore format: one case a line.
const faults: [name: string, options: object, problem: string][] = [
  ['a duration as text', { global: { scrapeIntervalMs: '15s' } }, 'global.scrapeIntervalMs: found "15s", expected a whole number of milliseconds, 0 or more'],
  ['a fraction of a millisecond', job({ scrapeIntervalMs: 0.5 }), 'scrapeConfigs[0].scrapeIntervalMs: found 0.5, expected a whole number of milliseconds, 0 or more'],
  ['a size as text', job({ bodySizeLimitBytes: '1MB' }), 'scrapeConfigs[0].bodySizeLimitBytes: found "1MB", expected a whole number of bytes, 0 or more'],
  ['a flag as text', job({ honorLabels: 'yes' }), 'scrapeConfigs[0].honorLabels: found "yes", expected true or false'],
  ['a number for a label', { global: { externalLabels: { a: 1 } } }, 'global.externalLabels.a: found 1, expected text'],
  ['a Map for labels', { global: { externalLabels: new Map([['a', 'b']]) } }, 'global.externalLabels: found a Map, expected an object of label names and values'],
  ['a Map for a block', { global: new Map([['scrapeIntervalMs', 1000]]) }, 'global: found a Map, expected an object'],
  ['the name of the YAML field', { global: { scrape_interval: 1 } }, 'global.scrape_interval: unknown field, did you mean scrapeIntervalMs?'],
  ['a name without its unit', job({ scrapeInterval: 1 }), 'scrapeConfigs[0].scrapeInterval: unknown field, did you mean scrapeIntervalMs?'],
  ['a typo of an option of the packages, no more taken for otlp', { htpp: {} }, 'htpp: unknown field, did you mean http?'],
  ['another', { metricServer: {} }, 'metricServer: unknown field, did you mean metricsServer?'],
  ['an option of the packages itself', { http: {} }, 'http: createAgent() has no such option: it is one of NodeHandler and of the packages for Fastify and Express'],
  ['a typo of a host option', { regsitry: {} }, 'regsitry: unknown field, did you mean registry?'], [ 'a field of Prometheus', { remoteWrite: [{ url: 'http://a', sigv4: {} }] }, 'remoteWrite[0].sigv4: this is a Prometheus field that prom-agent does not support yet'],
  ['a password that is a number', job({ basicAuth: { password: 12345 } }), 'scrapeConfigs[0].basicAuth.password: found a secret, expected text'],
  ['two ways of credentials', job({ basicAuth: {}, bearerToken: 't' }), 'scrapeConfigs[0].bearerToken: basicAuth is given too, expected one way of credentials alone: remove one'],
  ['a discovery of Prometheus', job({ kubernetesSdConfigs: [] }), 'scrapeConfigs[0].kubernetesSdConfigs: this is a Prometheus discovery that prom-agent does not support yet, expected one of staticConfigs, fileSdConfigs, httpSdConfigs, dnsSdConfigs, consulSdConfigs, serversetSdConfigs, nerveSdConfigs'],
  ['no job name', { scrapeConfigs: [{}] }, 'scrapeConfigs[0].jobName: missing, expected the name of the job'],
  ['an object for a list', { scrapeConfigs: {} }, 'scrapeConfigs: found an object, expected an array'],
  ['a timeout over the interval', job({ scrapeTimeoutMs: 120_000 }), 'scrapeConfigs[0].scrapeTimeoutMs: found 2m, expected at most the scrapeIntervalMs of 1m'],
  ['a field the action has no use for', job({ relabelConfigs: [{ action: 'labelkeep', sourceLabels: ['a'] }] }), 'scrapeConfigs[0].relabelConfigs[0].sourceLabels: the action labelkeep uses only regex: remove it'],
  ['a field the action needs', job({ relabelConfigs: [{ action: 'replace' }] }), 'scrapeConfigs[0].relabelConfigs[0].targetLabel: missing, expected a label name, which the action replace needs'],
  ['a URL as target', job({ staticConfigs: [{ targets: ['http://x:1/m'] }] }), 'scrapeConfigs[0].staticConfigs[0].targets[0]: found "http://x:1/m", expected host:port alone: put the rest of a URL into scheme and metricsPath'],
  ['one remote_write name twice', { remoteWrite: [ { url: 'http://a', name: 'x' }, { url: 'http://b', name: 'x' }, ], }, 'remoteWrite[1].name: remoteWrite[0] has the same name, expected another'],
  ['backoffs the wrong way', { remoteWrite: [{ url: 'http://a', queueConfig: { maxBackoffMs: 1 } }] }, 'remoteWrite[0].queueConfig.maxBackoffMs: maxBackoffMs (1ms) is shorter than minBackoffMs (30ms)'],
  ['too little memory', { agent: { threadMemoryBytes: 1 } }, 'agent.threadMemoryBytes: found 1, expected a whole number of bytes, 16777216 or more'],
  ['a member too many', { pool: { engine: 'static', static: { member: 3, members: 3 } } }, 'pool.static.member: found 3, expected 0 to 2: the pool has 3 members, counted from 0'],
];

test.each(faults)('refuses %s under the name in the options', async (_, options, problem) => {
  expect(await messageFor(options)).toBe(problem);
});

test('tells all problems at once', async () => {
  const options = { agent: { threads: -1, thread: 1 }, scrapeConfigs: [{}], collectors: [] };
  expect(await messageFor(options)).toBe(
    [
      '4 problems in the options:',
      'agent.thread: unknown field, did you mean threads?',
      'collectors: prom-agent does not support this field yet',
      'scrapeConfigs[0].jobName: missing, expected the name of the job',
      'agent.threads: found -1, expected a whole number from 0 to 256',
    ].join('\n'),
  );
});

test('passes over host options and options that are undefined', async () => {
  const options: object = {
    logger: {},
    clock: {},
    registry: {},
    defaultMetrics: true,
    global: undefined,
  };
  expect(await resolveConfig(options as AgentOptions)).toEqual({
    ...parseConfig('', 'p.yml'),
    file: undefined,
  });
});

describe('options beside a configFile', () => {
  const text = 'agent: {threads: 2, self: {job: a, instance: b}}\nglobal: {scrape_interval: 5s}\n';

  test('of agent and pool win, field by field', async () => {
    const pool = { engine: 'static', static: { member: 1, members: 2 } } as const;
    const configFile = await fileOf(text);
    const config = await resolveConfig({
      configFile,
      agent: { threads: 0, self: { job: 'c' } },
      pool,
    });
    expect(config.agent).toMatchObject({
      threads: 0,
      self: {
        job: 'c',
        instance: 'b',
        intervalMs: 5000,
        scrapeNativeHistograms: false,
        alwaysScrapeClassicHistograms: false,
      },
    });
    expect(config.pool).toEqual({ name: 'default', ...pool });
    expect(config.file).toBe(configFile);
  });

  test('of the other blocks are refused', async () => {
    const options = { configFile: await fileOf(text), scrapeConfigs: [], remoteWrite: [] };
    const why =
      'cannot be given together with configFile: put it into the file, or leave configFile out';
    expect(await messageFor(options)).toBe(
      `2 problems in the options:\nscrapeConfigs: ${why}\nremoteWrite: ${why}`,
    );
  });

  test('and the file are each blamed under their own names', async () => {
    const configFile = await fileOf('agent: {thread_memory: 1KB}\nglobal: {scrape_interval: x}\n');
    expect(await messageFor({ configFile, agent: { threads: -1 } })).toBe(
      [
        `3 problems in the options and ${configFile}:`,
        'agent.threads: found -1, expected a whole number from 0 to 256',
        `${configFile}:1:24: agent.thread_memory: found 1KB, expected a size of at least 16MB`,
        `${configFile}:2:27: global.scrape_interval: found "x", expected a duration such as 15s or 1h30m`,
      ].join('\n'),
    );
  });

  test('replace what was wrong in the file', async () => {
    const configFile = await fileOf('agent: {threads: many}\n');
    const config = await resolveConfig({ configFile, agent: { threads: 3 } });
    expect(config.agent.threads).toBe(3);
  });
});

test.each([
  ['- a\n- b\n', 'found a list'],
  ['hello\n', 'found "hello"'],
])('a file that is no mapping was taken for an empty one: %j', async (text, found) => {
  const configFile = await fileOf(text);
  expect(await messageFor({ configFile })).toBe(
    `${configFile}:1:1: ${found}, expected a mapping with global, scrape_configs and so on`,
  );
});

test('the number of threads is what the host says where nobody else does', async () => {
  const load = { defaultThreads: 4 };
  expect((await resolveConfig({}, load)).agent.threads).toBe(4);
  expect((await resolveConfig({ agent: { threads: 0 } }, load)).agent.threads).toBe(0);
  expect((await resolveConfig({ configFile: await fileOf('') }, load)).agent.threads).toBe(4);
  expect((await resolveConfig({})).agent.threads).toBe(1);
});

test('paths in options are relative to the working directory', async () => {
  const options = { scrapeConfigs: [{ jobName: 'a', fileSdConfigs: [{ files: ['sd/*.json'] }] }] };
  expect((await resolveConfig(options)).scrapeConfigs[0]!.discoveries).toEqual([
    { kind: 'file', files: [resolve('sd/*.json')], refreshIntervalMs: 300_000 },
  ]);
});
