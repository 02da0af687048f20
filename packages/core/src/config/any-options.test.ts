import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AgentConfig } from './agent-config.js';
import type { AgentOptions } from './agent-options.js';
import { formatDuration } from './duration.js';
import { parseConfig } from './load-config.js';
import { resolveConfig } from './resolve-config.js';
import { configYaml } from './show/config-yaml.js';

/** The options as YAML: snake case, and units in the values instead of the names. */
function toYaml(options: unknown, isData = false): unknown {
  if (Array.isArray(options)) return options.map((item) => toYaml(item));
  if (typeof options !== 'object' || options === null || isData) return options;
  const entries = Object.entries(options).map(([name, value]) => {
    const [, bare = '', unit = ''] = /^(.*?)(Ms|Bytes|)$/.exec(name)!;
    const yamlName = bare.replace(/[A-Z]|(?<=retryOnHttp)\d+/g, (part) => `_${part.toLowerCase()}`);
    if (unit === 'Ms') return [yamlName, formatDuration(value)];
    if (unit === 'Bytes') return [name === 'maxBytes' ? 'max_bytes' : yamlName, `${value}B`];
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
  sampleAgeLimitMs: fc.nat(),
  minShards: fc.constant(1),
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
        sendNativeHistograms: fc.boolean(),
        sendExemplars: fc.boolean(),
        protobufMessage: fc.constantFrom(
          'prometheus.WriteRequest',
          'io.prometheus.write.v2.Request',
        ),
        writeRelabelConfigs: fc.array(rule, { maxLength: 2 }),
        metadataConfig: some({
          send: fc.boolean(),
          sendIntervalMs: fc.nat(),
          maxSamplesPerSend: fc.nat(),
        }),
        queueConfig,
      }),
    ).map((fields) => ({ url: 'http://h/w', ...fields })),
    { maxLength: 3 },
  ),
  kafkaWrite: fc.array(
    some({
      name: fc.uuid(),
      format: fc.constantFrom('remote_write', 'remote_write_v2', 'jsonl', 'text'),
      compression: fc.constantFrom('none', 'gzip', 'snappy', 'lz4'),
      clientId: word,
      sasl: fc.constantFrom(
        { mechanism: 'scram-sha-256', username: 'u', passwordFile: '/p' },
        { mechanism: 'oauthbearer', tokenFile: '/t' },
      ),
      tlsConfig: fc.constantFrom({}, { serverName: 'a', insecureSkipVerify: true }),
      lingerMs: fc.nat(),
      connectTimeoutMs: fc.nat(),
      requestTimeoutMs: fc.nat(),
      minBackoffMs: fc.nat(1000),
      maxBackoffMs: fc.integer({ min: 1000 }),
      sendExemplars: fc.boolean(),
      sendNativeHistograms: fc.boolean(),
      writeRelabelConfigs: fc.array(rule, { maxLength: 2 }),
    }).map((fields) => ({ brokers: ['h:9092', '[::1]:9092'], topic: 'm-{{job}}', ...fields })),
    { maxLength: 2 },
  ),
  pushgatewayWrite: fc.array(
    withHttp(
      some({
        name: fc.uuid(),
        source: fc.constantFrom('self', 'targets'),
        method: fc.constantFrom('PUT', 'POST'),
        job: word,
        grouping: fc.dictionary(
          word.filter((name) => name !== 'job' && !name.startsWith('__')),
          fc.string(),
          { maxKeys: 2 },
        ),
        intervalMs: fc.nat(),
        ttlMs: fc.nat(),
        onClose: fc.constantFrom('push', 'delete'),
        timeoutMs: fc.nat(),
        compression: fc.constantFrom('none', 'gzip'),
        sendNativeHistograms: fc.boolean(),
      }),
    ).map((fields) => ({ url: 'http://gw:9091', ...fields })),
    { maxLength: 2 },
  ),
  agent: some({
    threads: fc.nat(256),
    threadMemoryBytes: fc.integer({ min: 2 ** 24 }),
    allowLinkLocalRedirects: fc.boolean(),
    self: some({
      enabled: fc.boolean(),
      job: word,
      instance: word,
      intervalMs,
      scrapeNativeHistograms: fc.boolean(),
      alwaysScrapeClassicHistograms: fc.boolean(),
    }),
    queue: some({
      path: fc.constant('/var/lib/agent'),
      maxBytes: fc.integer({ min: 2 ** 20 }),
      maxAgeMs: intervalMs,
      order: fc.constantFrom('per_series', 'newest_first'),
      fsync: fc.constantFrom('none', 'interval', 'always'),
    }),
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
      const fromYaml = parseConfig(JSON.stringify(toYaml(options)), resolve('p.yml'));
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
      return /^(?:connectHeaders|endpointParams)$/.test(name) ? Object.keys(value) : value;
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
