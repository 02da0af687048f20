import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PromAgentError } from '../errors.js';
import type { AgentConfig } from './agent-config.js';
import type { AgentOptions } from './agent-options.js';
import { formatDuration } from './duration.js';
import { parseConfig } from './load-config.js';
import { resolveConfig } from './resolve-config.js';
import { configYaml } from './show/config-yaml.js';

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
  ['the name of the YAML field', { global: { scrape_interval: 1 } }, 'global.scrape_interval: unknown field, did you mean scrapeIntervalMs?'],
  ['a name without its unit', job({ scrapeInterval: 1 }), 'scrapeConfigs[0].scrapeInterval: unknown field, did you mean scrapeIntervalMs?'],
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
  const options = { agent: { threads: -1, thread: 1 }, scrapeConfigs: [{}], kafkaWrite: [] };
  expect(await messageFor(options)).toBe(
    [
      '4 problems in the options:',
      'agent.thread: unknown field, did you mean threads?',
      'kafkaWrite: prom-agent does not support this field yet',
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
      self: { job: 'c', instance: 'b', intervalMs: 5000 },
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

/** The options as YAML: snake case, and units in the values instead of the names. */
function toYaml(options: unknown, isData = false): unknown {
  if (Array.isArray(options)) return options.map((item) => toYaml(item));
  if (typeof options !== 'object' || options === null || isData) return options;
  const entries = Object.entries(options).map(([name, value]) => {
    const [, bare = '', unit = ''] = /^(.*?)(Ms|Bytes|)$/.exec(name)!;
    const yamlName = bare.replace(/[A-Z]|(?<=retryOnHttp)\d+/g, (part) => `_${part.toLowerCase()}`);
    if (unit === 'Ms') return [yamlName, formatDuration(value)];
    if (unit === 'Bytes') return [yamlName, `${value}B`];
    return [
      yamlName,
      toYaml(
        value,
        /^(?:labels|params|headers|httpHeaders|proxyConnectHeader|endpointParams|nodeMeta|externalLabels)$/.test(
          name,
        ),
      ),
    ];
  });
  return Object.fromEntries(entries);
}

const some = <T extends Record<string, fc.Arbitrary<unknown>>>(fields: T) =>
  fc.record(fields, { requiredKeys: [] });
const word = fc.stringMatching(/^[a-z]{1,8}$/);
const text = fc
  .string({ unit: 'grapheme', maxLength: 8 })
  .filter((value) => !/[\p{Cc}\p{Cs}$]/u.test(value));
const labels = fc.dictionary(word, text, { maxKeys: 3 });
const intervalMs = fc.integer({ min: 10_000, max: 100_000_000 });
const protocols = fc.uniqueArray(fc.constantFrom('PrometheusText0.0.4', 'OpenMetricsText1.0.0'), {
  minLength: 1,
});
const rule = fc.oneof(
  some({
    sourceLabels: fc.array(word),
    separator: text,
    regex: fc.constantFrom('a|b', '(.+)'),
  }).map((fields) => ({ ...fields, targetLabel: 'x' })),
  fc.record({ action: fc.constantFrom('Keep', 'drop'), sourceLabels: fc.array(word), regex: word }),
  fc.record({ action: fc.constant('hashmod'), modulus: fc.integer({ min: 1 }), targetLabel: word }),
);
const shared = {
  scrapeIntervalMs: intervalMs,
  scrapeTimeoutMs: fc.integer({ min: 0, max: 10_000 }),
  scrapeProtocols: protocols,
  bodySizeLimitBytes: fc.nat(),
  sampleLimit: fc.nat(),
  targetLimit: fc.nat(),
  labelLimit: fc.nat(),
  labelNameLengthLimit: fc.nat(),
  labelValueLengthLimit: fc.nat(),
  keepDroppedTargets: fc.nat(),
  metricNameValidationScheme: fc.constantFrom('utf8'),
  metricNameEscapingScheme: fc.constantFrom('allow-utf-8', 'underscores', 'dots', 'values'),
  scrapeNativeHistograms: fc.boolean(),
  convertClassicHistogramsToNhcb: fc.boolean(),
  alwaysScrapeClassicHistograms: fc.boolean(),
  extraScrapeMetrics: fc.boolean(),
  scrapeFailureLogFile: word,
};
const secretText = text.filter((value) => value !== '');
const httpHeaders = fc.dictionary(
  word.map((name) => `X-${name}`),
  some({ values: fc.array(text), secrets: fc.array(secretText), files: fc.array(word) }),
  { maxKeys: 2 },
);
const tlsConfig = some({
  ca: secretText,
  serverName: word,
  insecureSkipVerify: fc.boolean(),
  minVersion: fc.constantFrom('TLS12', 'TLS13'),
}).chain((fields) =>
  fc.constantFrom(
    fields,
    { ...fields, cert: 'c', keyFile: 'k' },
    { ...fields, certFile: 'c', key: 'k' },
  ),
);
const proxy = fc.constantFrom(
  {},
  { proxyFromEnvironment: true },
  { proxyUrl: 'http://p:1', noProxy: 'a,b', proxyConnectHeader: { a: ['b', 'c'] } },
);
const credentials = fc.oneof(
  fc.constantFrom({}, { bearerTokenFile: 'f' }, { basicAuth: {} }),
  fc.record({ bearerToken: secretText }),
  fc.record({ basicAuth: some({ username: text, password: text }) }),
  fc.record({ basicAuth: fc.record({ usernameFile: word, passwordFile: word }) }),
  fc.record({ authorization: some({ type: word, credentials: text }) }),
  fc.record({
    oauth2: fc
      .tuple(
        some({ clientSecret: text, scopes: fc.array(word), endpointParams: labels, tlsConfig }),
        proxy,
      )
      .map(([fields, proxied]) => ({ clientId: 'a', tokenUrl: 'http://t', ...fields, ...proxied })),
  }),
);
const httpClient = fc
  .tuple(
    some({ followRedirects: fc.boolean(), enableHttp2: fc.boolean(), tlsConfig, httpHeaders }),
    proxy,
    credentials,
  )
  .map((parts) => Object.assign({}, ...parts));
const withHttp = (fields: fc.Arbitrary<object>) =>
  fc.tuple(fields, httpClient).map((parts) => Object.assign({}, ...parts));
const tree = some({ timeoutMs: intervalMs }).map((fields) => ({
  servers: ['z:2181'],
  paths: ['/a', '/'],
  ...fields,
}));
const scrapeConfigFields = some({
  ...shared,
  metricsPath: text,
  scheme: word,
  params: fc.dictionary(word, fc.array(text), { maxKeys: 2 }),
  honorLabels: fc.boolean(),
  honorTimestamps: fc.boolean(),
  enableCompression: fc.boolean(),
  trackTimestampsStaleness: fc.boolean(),
  fallbackScrapeProtocol: fc.constantFrom('PrometheusText0.0.4', 'PrometheusProto'),
  nativeHistogramBucketLimit: fc.nat(),
  nativeHistogramMinBucketFactor: fc.double({ min: 0, max: 9, noNaN: true }),
  httpSdConfigs: fc.array(
    withHttp(some({ refreshIntervalMs: intervalMs })).map((fields) => ({
      url: 'http://h/sd',
      ...fields,
    })),
    { maxLength: 2 },
  ),
  dnsSdConfigs: fc.array(
    fc.record({
      names: fc.array(word, { minLength: 1 }),
      type: fc.constantFrom('A', 'srv', 'MX'),
      port: fc.integer({ min: 1, max: 65_535 }),
      refreshIntervalMs: intervalMs,
      servers: fc.constantFrom([], ['10.0.0.2', '[::1]:53']),
    }),
    { maxLength: 2 },
  ),
  consulSdConfigs: fc.array(
    withHttp(
      some({
        server: word,
        pathPrefix: word,
        datacenter: word,
        namespace: word,
        partition: word,
        tagSeparator: text,
        scheme: word,
        allowStale: fc.boolean(),
        refreshIntervalMs: intervalMs,
        services: fc.array(word),
        tags: fc.array(word),
        nodeMeta: labels,
        filter: text,
        healthFilter: text,
      }),
    ),
    { maxLength: 2 },
  ),
  serversetSdConfigs: fc.array(tree, { maxLength: 2 }),
  nerveSdConfigs: fc.array(tree, { maxLength: 2 }),
  relabelConfigs: fc.array(rule, { maxLength: 3 }),
  metricRelabelConfigs: fc.array(rule, { maxLength: 3 }),
  staticConfigs: fc.array(fc.record({ targets: fc.array(word), labels }), { maxLength: 2 }),
  fileSdConfigs: fc.array(
    some({ refreshIntervalMs: intervalMs }).map((fields) => ({ ...fields, files: ['a.json'] })),
    { maxLength: 2 },
  ),
});
const scrapeConfig = withHttp(scrapeConfigFields);
const queueConfig = some({
  capacity: fc.integer({ min: 1 }),
  maxShards: fc.integer({ min: 1 }),
  maxSamplesPerSend: fc.integer({ min: 1 }),
  batchSendDeadlineMs: fc.nat(),
  minBackoffMs: fc.nat(1000),
  maxBackoffMs: fc.integer({ min: 1000 }),
  retryOnHttp429: fc.boolean(),
});
const anyOptions = some({
  global: some({ ...shared, externalLabels: labels }),
  scrapeConfigs: fc
    .array(scrapeConfig, { maxLength: 3 })
    .map((configs) => configs.map((config, i) => ({ jobName: `job ${i}`, ...config }))),
  remoteWrite: fc.array(
    withHttp(
      some({
        name: fc.uuid(),
        remoteTimeoutMs: fc.nat(),
        headers: fc.constant({ 'X-A': 'b' }),
        queueConfig,
      }),
    ).map((fields) => ({ url: 'http://h/w', ...fields })),
    { maxLength: 3 },
  ),
  agent: some({
    threads: fc.nat(256),
    threadMemoryBytes: fc.integer({ min: 2 ** 24 }),
    allowLinkLocalRedirects: fc.boolean(),
    self: some({ enabled: fc.boolean(), job: word, instance: word, intervalMs }),
  }),
  pool: fc.record({
    engine: fc.constant('static'),
    static: fc.constant({ member: 1, members: 2 }),
  }),
});

test('the same configuration in options and in YAML is the same', async () => {
  await fc.assert(
    fc.asyncProperty(anyOptions, async (options) => {
      const fromOptions = await resolveConfig(options as AgentOptions);
      const fromYaml = parseConfig(JSON.stringify(toYaml(options)), 'p.yml');
      expect(fromOptions).toEqual({ ...fromYaml, file: undefined });
    }),
    { numRuns: 200 },
  );
}, 30_000);

/** Without what is masked, and what a file cannot say. */
function comparable(config: AgentConfig): unknown {
  const { file, unusedSections, emptyVariables, ...rest } = config;
  return JSON.parse(
    JSON.stringify(rest, (name, value) => {
      if (/^(?:text|secrets|token)$/.test(name)) return undefined;
      return name === 'connectHeaders' ? Object.keys(value) : value;
    }),
  );
}

test('the configuration as shown means what it shows', async () => {
  await fc.assert(
    fc.asyncProperty(anyOptions, async (options) => {
      const config = await resolveConfig(options as AgentOptions);
      const again = parseConfig(configYaml(config), resolve('p.yml'));
      expect(comparable(again)).toEqual(comparable(config));
    }),
    { numRuns: 200 },
  );
}, 30_000);

describe('a secret', () => {
  const secret = 'hunter2';
  const client = {
    oauth2: { clientId: 'a', clientSecret: secret, tokenUrl: `http://u:${secret}@t` },
    tlsConfig: { cert: 'c', key: secret },
    proxyUrl: `http://u:${secret}@p`,
    proxyConnectHeader: { a: [secret] },
    httpHeaders: { a: { secrets: [secret] } },
  };
  const { oauth2: _, ...withoutOAuth2 } = client;
  const basic = { ...withoutOAuth2, basicAuth: { username: 'u', password: secret } };
  const url = `http://u:${secret}@h/w`;
  const options: AgentOptions = {
    scrapeConfigs: [
      {
        jobName: 'a',
        ...client,
        httpSdConfigs: [{ url, ...basic }],
        consulSdConfigs: [
          { token: secret, username: 'u', password: secret, ...withoutOAuth2 },
          { authorization: { credentials: secret } },
          { bearerToken: secret },
        ],
      },
    ],
    remoteWrite: [{ url, headers: { 'X-Api-Key': secret }, ...basic }],
  };

  test('is not shown with the configuration', async () => {
    const shown = configYaml(await resolveConfig(options));
    expect(shown).not.toContain(secret);
    expect(shown.match(/<secret>/g)).toHaveLength(20);
    expect(shown.match(/:xxxxx@/g)).toHaveLength(7);
  });

  /** Every place in the options where the secret is or is a part, each made wrong in turn. */
  function* spoiled(value: unknown, wrong: unknown): Generator<unknown> {
    const isIt = typeof wrong === 'number' ? value === secret : String(value).includes(secret);
    if (typeof value === 'string' && isIt) yield wrong;
    if (typeof value !== 'object' || value === null) return;
    for (const [name, child] of Object.entries(value)) {
      for (const other of spoiled(child, wrong)) {
        const copy: Record<string, unknown> = { ...value, [name]: other };
        yield Array.isArray(value) ? Object.values(copy) : copy;
      }
    }
  }

  test('that is wrong is not shown in the error', async () => {
    const messages: string[] = [];
    // As a number, and as a text that is no URL.
    for (const wrong of [8_675_309, 'u:8675309@h'])
      for (const broken of spoiled(options, wrong))
        messages.push(await messageFor(broken as object));
    expect(messages.length).toBeGreaterThan(40);
    expect(messages.filter((message) => message.includes('8675309'))).toEqual([]);
  });
});
