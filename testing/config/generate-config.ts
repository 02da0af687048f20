import fc from 'fast-check';
import {
  authorization,
  basicAuth,
  count,
  decimal,
  duration,
  fallback,
  flag,
  headers,
  labels,
  nameEscaping,
  oauth2,
  type Pool,
  params,
  pool,
  protocols,
  scheme,
  secret,
  size,
  text,
  tls,
  validation,
} from './pools.js';

/** One in so many fields is wrong. */
const oneBadIn = 40;

type Fields = Readonly<Record<string, Pool | fc.Arbitrary<string>>>;

const proxies = fc.constantFrom(
  'proxy_url: "http://p:1"',
  'proxy_url: "http://p:1", no_proxy: "a,b"',
  'proxy_from_environment: true',
  'proxy_url: "http://p:1", proxy_connect_header: {a: [b]}',
  'proxy_url: ""',
);
const badProxies = fc.constantFrom(
  'no_proxy: a',
  'proxy_url: "http://p:1", proxy_from_environment: true',
  'proxy_connect_header: {a: [b]}',
  'proxy_connect_header: {a: b}, proxy_url: "http://p:1"',
  'proxy_from_environment: true, no_proxy: a',
);
const httpClient: Fields = {
  basic_auth: basicAuth,
  authorization,
  oauth2,
  bearer_token: secret,
  tls_config: tls,
  follow_redirects: flag,
  enable_http2: flag,
  http_headers: headers,
};

const rules = pool(
  [
    '{target_label: a} | {action: keep} | {action: Drop, regex: "a.*"} | {action: hashmod, modulus: 8, target_label: a}',
    '{action: labelmap, regex: "(.+)"} | {action: labeldrop, regex: a} | {action: labelkeep, regex: a} | {}',
    '{action: lowercase, target_label: a, source_labels: [b]} | {action: keepequal, source_labels: [a], target_label: b}',
    '{target_label: "a.b"} | {target_label: "${1}_x", regex: "(a)"} | {target_label: a, replacement: ~} | {source_labels: [a, "b c"], separator: "", target_label: d}',
    '{regex: ~, target_label: a} | {action: keep, regex: 1} | {action: keep, regex: "(?i)a\\\\x{10FFFF}"} | {action: labelmap, replacement: "a b"} | {target_label: 1} | {modulus: 1e2, action: hashmod, target_label: a}',
  ]
    .join(' | ')
    .replace(' | {}', ''),
  [
    '~ | {} | {action: bogus} | {action: keep, regex: "("} | {action: keep, regex: "(?!a)"} | {action: keep, regex: "a{1001}"}',
    '{action: hashmod, target_label: a} | {action: replace} | {action: labeldrop, source_labels: [a]} | {action: lowercase} | {action: lowercase, target_label: a, replacement: x}',
    '{action: keepequal, target_label: a, regex: x} | {source_labels: a, target_label: b} | {action: ~} | {action: labelmap, replacement: ""} | {action: uppercase, target_label: a, separator: [a]}',
    '{action: hashmod, target_label: a, modulus: -1} | {taget_label: a} | {source_labels: [""], target_label: a} | {action: ""} | {action: labeldrop, regex: a, separator: x} | {action: dropequal, target_label: ""}',
  ].join(' | '),
);

const shared: Fields = {
  scrape_interval: duration,
  scrape_timeout: duration,
  scrape_protocols: protocols,
  scrape_failure_log_file: text,
  body_size_limit: size,
  sample_limit: count,
  target_limit: count,
  label_limit: count,
  label_name_length_limit: count,
  label_value_length_limit: count,
  keep_dropped_targets: count,
  metric_name_validation_scheme: validation,
  metric_name_escaping_scheme: nameEscaping,
  convert_classic_histograms_to_nhcb: flag,
  always_scrape_classic_histograms: flag,
};

const globalFields: Fields = {
  ...shared,
  evaluation_interval: duration,
  rule_query_offset: duration,
  query_log_file: text,
  external_labels: labels,
};

const staticGroup = pool(
  '{targets: [x]} | {targets: ["x:1", "[::1]:9"], labels: {a: b}} | {targets: [x], labels: {job: c}} | {labels: {a: b}} | {} | {targets: ~} | {targets: [1, true, 1.5]}',
  '~ | {targets: x} | {targets: ["http://x"]} | {targets: ["x/y"]} | {target: [x]} | {targets: [[x]]} | {targets: [x], labels: {"": a}} | a | {targets: [""]}',
);
const fileDiscovery = pool(
  '{files: [none.json]} | {files: ["n/*.yml", b.YAML], refresh_interval: 10s} | {files: ["n*.json"]}',
  '~ | {} | {files: []} | {files: [a.txt]} | {files: ["*/a.json"]} | {files: a.json} | {files: [a.json], refresh: 1m} | {files: ["*"]}',
);
const httpDiscovery = pool(
  '{url: "http://x/sd"} | {url: "https://x", refresh_interval: 0s} | {url: "http://u:p@x", basic_auth: {username: u}} | {url: "HTTP://x"}',
  '~ | {} | {url: x} | {url: "ftp://x"} | {url: "http:///x"} | {url: ""} | {url: "http://x", basic_auth: {}, authorization: {}} | {url: "http://x", bearer_token: a, bearer_token_file: b}',
);
const dnsDiscovery = pool(
  '{names: [x]} | {names: [x], type: srv} | {names: [x, y], type: A, port: 9} | {names: [x], type: mx, port: 1, refresh_interval: 5s} | {names: [x], port: ~}',
  '~ | {} | {names: []} | {names: [x], type: A} | {names: [x], type: TXT} | {names: x} | {names: [x], type: ns, port: "9"} | {name: x}',
);
const treeDiscovery = pool(
  '{servers: [a], paths: [/b]} | {servers: ["a:1", b], paths: [/, /c], timeout: 5s}',
  '~ | {} | {servers: [a]} | {paths: [/b]} | {servers: [a], paths: [b]} | {servers: [], paths: [/b]} | {servers: a, paths: [/b]}',
);

const scrapeConfig: Fields = {
  ...shared,
  ...httpClient,
  fallback_scrape_protocol: fallback,
  honor_labels: flag,
  honor_timestamps: flag,
  track_timestamps_staleness: flag,
  params,
  metrics_path: text,
  scheme,
  enable_compression: flag,
  native_histogram_bucket_limit: count,
  native_histogram_min_bucket_factor: decimal,
  relabel_configs: listOf(rules),
  metric_relabel_configs: listOf(rules),
  static_configs: listOf(staticGroup),
  file_sd_configs: listOf(fileDiscovery),
  http_sd_configs: listOf(httpDiscovery),
  dns_sd_configs: listOf(dnsDiscovery),
  serverset_sd_configs: listOf(treeDiscovery),
  nerve_sd_configs: listOf(treeDiscovery),
  bogus: pool('', 'a'),
};

const queue = pool(
  '{} | ~ | {capacity: 1, max_shards: 2} | {max_samples_per_send: 1e3} | {min_backoff: 1s, max_backoff: 2s} | {retry_on_http_429: yes} | {batch_send_deadline: 1s}',
  '{capacity: a} | [] | {bogus: 1} | {min_backoff: 1} | {capacity: "5"} | {retry_on_http_429: 1}',
);
const remoteWrite: Fields = {
  ...httpClient,
  remote_timeout: duration,
  headers: pool(
    '{a: b} | {} | ~ | {a: 1}',
    '{Host: a} | {authorization: b} | [] | {a: [b]} | {x-amz-date: a}',
  ),
  queue_config: queue,
  send_exemplars: pool('false | ~ | no', '"false" | 0'),
  protobuf_message: pool('prometheus.WriteRequest', 'bogus | ""'),
  bogus: pool('', 'a'),
};

function pickFrom(field: Pool | fc.Arbitrary<string>): fc.Arbitrary<string> {
  if (!('good' in field)) return field;
  const good = fc.constantFrom(...field.good);
  const bad = fc.constantFrom(...field.bad);
  if (field.good.join('') === '') return bad;
  return fc.oneof({ weight: oneBadIn, arbitrary: good }, { weight: 1, arbitrary: bad });
}

function listOf(item: Pool): fc.Arbitrary<string> {
  return fc.oneof(
    {
      weight: 12,
      arbitrary: fc.array(pickFrom(item), { maxLength: 3 }).map((all) => `[${all.join(', ')}]`),
    },
    { weight: 1, arbitrary: fc.constant('~') },
  );
}

/** `{a: 1, b: 2}` of some of the fields; a wrong field is rare. */
function block(fields: Fields, always: fc.Arbitrary<string>[] = []): fc.Arbitrary<string> {
  const names = Object.keys(fields).filter((name) => name !== 'bogus');
  const chosen = fc.oneof(
    { weight: 30, arbitrary: fc.subarray(names, { maxLength: 5 }) },
    { weight: 1, arbitrary: fc.constant(['bogus'].filter((name) => name in fields)) },
  );
  const pairs = chosen.chain((some) =>
    fc.tuple(...some.map((name) => pickFrom(fields[name]!).map((value) => `${name}: ${value}`))),
  );
  return fc.tuple(...always, pairs).map((parts) => `{${parts.flat().filter(Boolean).join(', ')}}`);
}

const maybeProxy = fc.oneof(
  { weight: 15, arbitrary: fc.constant('') },
  { weight: 3, arbitrary: proxies },
  { weight: 1, arbitrary: badProxies },
);
const jobName = fc.oneof(
  { weight: 60, arbitrary: fc.stringMatching(/^[a-z]{6}$/).map((name) => `job_name: ${name}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      'job_name: ""',
      'job_name: ~',
      'job_name: [a]',
      'job_name: same',
    ),
  },
);
const url = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom('url: "http://h/w"', 'url: "https://u:p@h:1/w?a=b"') },
  { weight: 1, arbitrary: fc.constantFrom('', 'url: [a]') },
);
const job = fc.oneof(
  { weight: 60, arbitrary: block(scrapeConfig, [jobName, maybeProxy]) },
  { weight: 1, arbitrary: fc.constantFrom('~', 'a', '[]') },
);

function section(
  name: string,
  item: fc.Arbitrary<string>,
  [least, most]: [number, number],
): fc.Arbitrary<string> {
  return fc
    .array(item, { minLength: least, maxLength: most })
    .map((items) => `${name}:\n${items.map((i) => `- ${i}\n`).join('')}`);
}

const oddities = fc.constantFrom(
  '---\n',
  '%YAML 1.1\n---\n',
  '# a comment\n',
  '\ufeff',
  'bogus: 1\n',
  'x: &x {a: b}\n',
  'rule_files: []\n',
  'storage: {tsdb: {out_of_order_time_window: 1h}}\n',
  'tracing: ~\n',
  'otlp: {}\n',
  'global: {scrape_interval: 1m}\n',
  '\tscrape_configs: []\n',
  'scrape_configs: [{job_name: &n merged, <<: {scheme: https}}]\n',
  'scrape_config_files: [none.yml]\n',
  'scrape_config_files: ["*/none.yml"]\n',
);

/** A prometheus.yml of fields that Prometheus 3.5 has, good or bad. */
export const generatedConfig: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof({ weight: 12, arbitrary: fc.constant('') }, { weight: 1, arbitrary: oddities }),
    fc.oneof(
      { weight: 2, arbitrary: fc.constant('') },
      { weight: 3, arbitrary: block(globalFields).map((g) => `global: ${g}\n`) },
    ),
    // Without a job Prometheus does not look at global's metric_name_escaping_scheme.
    section('scrape_configs', job, [1, 3]),
    section('remote_write', block(remoteWrite, [url, maybeProxy]), [0, 2]),
  )
  .map((parts) => parts.join(''));
