import { describe, expect, test } from 'vitest';
import { PromAgentError } from '../errors.js';
import { hasZstd } from '../outputs/kafka/compression/codecs.js';
import { parseConfig } from './load-config.js';

function messageFor(text: string): string {
  try {
    parseConfig(text, 'p.yml', { env: {} });
    return 'accepted';
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    expect(error.code).toBe('CONFIG_INVALID');
    return error.message;
  }
}

/** Takes the ¶ out of a text and tells where it stood. */
function marked(text: string): { text: string; place: string } {
  const before = text.slice(0, text.indexOf('¶')).split('\n');
  const place = `p.yml:${before.length}:${before.at(-1)!.length + 1}`;
  return { text: text.replace('¶', ''), place };
}

const job = (fields: string): string => `scrape_configs:\n- job_name: a\n  ${fields}\n`;
const rule = (fields: string): string => job(`relabel_configs: [${fields}]`);
const write = (fields: string): string => `remote_write:\n- {url: "http://h/w", ${fields}}\n`;

// ¶ marks the place the error names.
// biome-ignore format: one case a line.
const faults: [name: string, text: string, problem: string][] = [
  ['a duration in words', 'global:\n  scrape_interval: ¶15 seconds\n', 'global.scrape_interval: found "15 seconds", expected a duration such as 15s or 1h30m'],
  ['a duration without a unit', job('scrape_interval: ¶15'), 'scrape_configs[0].scrape_interval: found 15, expected a duration such as 15s or 1h30m'],
  ['a negative duration', 'global: {scrape_timeout: ¶-1s}', 'global.scrape_timeout: found -1s, expected a duration such as 15s or 1h30m'],
  ['a list for a duration', job('scrape_interval: ¶[1s]'), 'scrape_configs[0].scrape_interval: found a list, expected a duration such as 15s or 1h30m'],
  ['a size without a unit', job('body_size_limit: ¶100'), 'scrape_configs[0].body_size_limit: found 100, expected a size such as 512KB, 10MB or 1GB'],
  ['a flag in quotes', job('honor_labels: ¶"true"'), 'scrape_configs[0].honor_labels: found the text "true", expected true or false without quotes'],
  ['a number for a flag', job('honor_labels: ¶1'), 'scrape_configs[0].honor_labels: found 1, expected true or false without quotes'],
  ['a negative limit', job('sample_limit: ¶-1'), 'scrape_configs[0].sample_limit: found -1, expected a whole number of at least 0'],
  ['a limit in quotes', job('sample_limit: ¶"5"'), 'scrape_configs[0].sample_limit: found the text "5", expected a whole number of at least 0'],
  ['a typo', 'global:\n  ¶scrape_intervall: 15s\n', 'global.scrape_intervall: unknown field, did you mean scrape_interval?'],
  ['a typo of a block', '¶scrape_config: []\n', 'scrape_config: unknown field, did you mean scrape_configs?'],
  ['a field like no other', '¶zzz: 1\n', 'zzz: unknown field'], [ 'a field of Prometheus', write('¶sigv4: {region: x}'), 'remote_write[0].sigv4: this is a Prometheus field that prom-agent does not support yet'],
  ['a discovery of Prometheus', job('¶kubernetes_sd_configs: [{role: pod}]'), 'scrape_configs[0].kubernetes_sd_configs: this is a Prometheus discovery that prom-agent does not support yet, expected one of static_configs, file_sd_configs, http_sd_configs, dns_sd_configs, consul_sd_configs, serverset_sd_configs, nerve_sd_configs'],
  ['a discovery nobody has', job('¶bogus_sd_configs: []'), 'scrape_configs[0].bogus_sd_configs: unknown field'],
  ['a value of Prometheus', write('¶failed_request_logging: true'), 'remote_write[0].failed_request_logging: this asks for what prom-agent does not support yet: remove it'],
  ['more shards from the start than there may be', write('queue_config: {min_shards: ¶60}'), 'remote_write[0].queue_config.min_shards: max_shards (50) is less than min_shards (60)'],
  ['two ways of credentials', job('basic_auth: {username: u}\n  ¶authorization: {credentials: c}'), 'scrape_configs[0].authorization: basic_auth is given too, expected one way of credentials alone: remove one'],
  ['a token and its file', job('bearer_token: t\n  ¶bearer_token_file: f'), 'scrape_configs[0].bearer_token_file: bearer_token is given too, expected one way of credentials alone: remove one'],
  ['a password and its file', job('basic_auth: {password: p, password_file: ¶f}'), 'scrape_configs[0].basic_auth.password_file: password is given too, expected one of the two: remove one'],
  ['a list for a password', job('basic_auth: {password: ¶[p]}'), 'scrape_configs[0].basic_auth.password: found a list, expected text'],
  ['basic as a type', job('authorization: {type: ¶" Basic"}'), 'scrape_configs[0].authorization.type: found " Basic", expected another: use basic_auth'],
  ['no token_url', job('oauth2: ¶{client_id: a}'), 'scrape_configs[0].oauth2.token_url: missing, expected an absolute URL such as https://login.host/token'],
  ['a certificate without its key', job('tls_config: {cert_file: ¶c}'), 'scrape_configs[0].tls_config.cert_file: needs key or key_file beside it'],
  ['a key without its certificate', job('oauth2: {client_id: a, token_url: "http://h", tls_config: {key: ¶k}}'), 'scrape_configs[0].oauth2.tls_config.key: needs cert or cert_file beside it'],
  ['no such version of TLS', job('tls_config: {min_version: ¶TLS9}'), 'scrape_configs[0].tls_config.min_version: found "TLS9", expected one of TLS10, TLS11, TLS12, TLS13'],
  ['hosts without a proxy', job('¶no_proxy: a'), 'scrape_configs[0].no_proxy: needs proxy_url beside it'],
  ['two proxies', job('¶proxy_url: "http://p"\n  proxy_from_environment: true'), 'scrape_configs[0].proxy_url: not together with proxy_from_environment: remove one'],
  ['headers for no proxy', job('¶proxy_connect_header: {a: [b]}'), 'scrape_configs[0].proxy_connect_header: needs proxy_url or proxy_from_environment beside it'],
  ['a proxy that is no URL', job('proxy_url: ¶"p:3128"'), 'scrape_configs[0].proxy_url: found "p:3128", expected a URL such as http://proxy:3128'],
  ['a header of the agent', job('http_headers: {¶X-Prometheus-Scrape-Timeout-Seconds: {values: [a]}}'), 'scrape_configs[0].http_headers.X-Prometheus-Scrape-Timeout-Seconds: a header that prom-agent sets itself: remove it'],
  ['a typo in a header', job('http_headers: {a: {¶value: [a]}}'), 'scrape_configs[0].http_headers.a.value: unknown field, did you mean values?'],
  ['a value for a header', job('http_headers: {a: ¶b}'), 'scrape_configs[0].http_headers.a: found "b", expected a mapping with values and secrets and files'],
  ['a list for the headers', job('http_headers: ¶[a]'), 'scrape_configs[0].http_headers: found a list, expected a mapping'],
  ['UTF-8 names that are not valid', job('metric_name_validation_scheme: legacy\n  metric_name_escaping_scheme: ¶allow-utf-8'), 'scrape_configs[0].metric_name_escaping_scheme: found allow-utf-8, expected another, for the metric_name_validation_scheme is legacy'],
  ['a legacy target label', job('metric_name_validation_scheme: legacy\n  relabel_configs: [{target_label: ¶a.b}]'), 'scrape_configs[0].relabel_configs[0].target_label: found "a.b", expected a label name by the metric_name_validation_scheme legacy'],
  ['a legacy external label', 'global: {metric_name_validation_scheme: legacy, external_labels: {¶a.b: c}}', 'global.external_labels["a.b"]: not a label name by the metric_name_validation_scheme legacy: letters, digits and _'],
  ['an http discovery without URL', job('http_sd_configs: [¶{}]'), 'scrape_configs[0].http_sd_configs[0].url: missing, expected an absolute URL such as http://host/targets'],
  ['a discovery with two credentials', job('http_sd_configs: [{url: "http://h", basic_auth: {}, ¶bearer_token: t}]'), 'scrape_configs[0].http_sd_configs[0].bearer_token: basic_auth is given too, expected one way of credentials alone: remove one'],
  ['no name to look up', job('dns_sd_configs: [{names: ¶[]}]'), 'scrape_configs[0].dns_sd_configs[0].names: expected a list of at least one name'],
  ['addresses without a port', job('dns_sd_configs: [¶{names: [a], type: a}]'), 'scrape_configs[0].dns_sd_configs[0].port: missing, expected the port of the targets: only SRV records bring their own'],
  ['a record of another type', job('dns_sd_configs: [{names: [a], type: ¶TXT}]'), 'scrape_configs[0].dns_sd_configs[0].type: found "TXT", expected one of SRV, A, AAAA, MX, NS'],
  ['two tokens for Consul', job('consul_sd_configs: [{¶token: t, authorization: {credentials: c}}]'), 'scrape_configs[0].consul_sd_configs[0].token: authorization is given too, expected one way of credentials alone: remove one'],
  ['two users for Consul', job('consul_sd_configs: [{¶username: u, basic_auth: {username: u}}]'), 'scrape_configs[0].consul_sd_configs[0].username: basic_auth is given too, expected one way of credentials alone: remove one'],
  ['a path of ZooKeeper', job('nerve_sd_configs: [{servers: [a], paths: [¶b]}]'), 'scrape_configs[0].nerve_sd_configs[0].paths[0]: found "b", expected a path that begins with /'],
  ['no server of ZooKeeper', job('serverset_sd_configs: [¶{paths: [/b]}]'), 'scrape_configs[0].serverset_sd_configs[0].servers: expected servers to be a list of at least one server'],
  ['a pattern for folders', 'scrape_config_files: [¶"*/a.yml"]', 'scrape_config_files[0]: found "*/a.yml", expected a path of a YAML file, with * in its last part only'],
  ['a block of a later version', '¶collectors: []\n', 'collectors: prom-agent does not support this field yet'],
  ['no broker', 'kafka_write: [{topic: t, brokers: ¶[]}]', 'kafka_write[0].brokers: expected a list of at least one broker'],
  ['a broker without a port', 'kafka_write: [{topic: t, brokers: [¶kafka]}]', 'kafka_write[0].brokers[0]: found "kafka", expected a broker such as kafka:9092'],
  ['a port that is none', 'kafka_write: [{topic: t, brokers: [¶"kafka:99999"]}]', 'kafka_write[0].brokers[0]: found "kafka:99999", expected a broker such as kafka:9092'],
  ['a name that no topic may have', 'kafka_write: [{topic: ¶"a topic", brokers: ["h:1"]}]', 'kafka_write[0].topic: found "a topic", expected a topic such as metrics-{{job}}: letters, digits, dots, underscores and hyphens are what a topic may hold, at most 249, with labels as {{job}}'],
  ['a placeholder that is no label', 'kafka_write: [{topic: ¶"m-{{a.b}}", brokers: ["h:1"]}]', 'kafka_write[0].topic: found "m-{{a.b}}", expected a topic such as metrics-{{job}}: {{a.b}} is not the name of a label'],
  ['a format nobody knows', 'kafka_write: [{topic: t, brokers: ["h:1"], format: ¶avro}]', 'kafka_write[0].format: found "avro", expected one of remote_write, remote_write_v2, jsonl, text'],
  ['SASL without a user', 'kafka_write: [{topic: t, brokers: ["h:1"], sasl: {mechanism: ¶plain, password: p}}]', 'kafka_write[0].sasl.mechanism: needs username beside it'],
  ['a token where a password belongs', 'kafka_write: [{topic: t, brokers: ["h:1"], sasl: {mechanism: plain, username: u, password: p, token: ¶t}}]', 'kafka_write[0].sasl.token: means nothing with mechanism plain'],
  ['a gateway with a query', 'pushgateway_write: [{url: ¶"http://gw:9091?a=b"}]', 'pushgateway_write[0].url: found "http://gw:9091?a=b", expected an absolute URL without a query, such as http://pushgateway:9091'],
  ['a source that is none', 'pushgateway_write: [{url: "http://gw:9091", source: ¶all}]', 'pushgateway_write[0].source: found "all", expected one of self, targets'],
  ['a job among the grouping', 'pushgateway_write: [{url: "http://gw:9091", grouping: {¶job: j}}]', 'pushgateway_write[0].grouping.job: the job of a group is a field of its own: put it into job'],
  ['a label that no group has', 'pushgateway_write: [{url: "http://gw:9091", grouping: {¶__x: j}}]', 'pushgateway_write[0].grouping.__x: no label of a group: these begin with __'],
  ['an empty job of a group', 'pushgateway_write: [{url: "http://gw:9091", job: ¶""}]', 'pushgateway_write[0].job: found "", expected the job of a group'],
  ['a gateway by the name of another output', 'remote_write: [{url: "http://h/w", name: a}]\npushgateway_write: [{url: "http://gw:9091", name: ¶a}]', 'pushgateway_write[0].name: another output has the same name, expected another'],
  ['the name of another output', 'remote_write: [{url: "http://h/w", name: a}]\nkafka_write: [{topic: t, brokers: ["h:1"], name: ¶a}]', 'kafka_write[0].name: another output has the same name, expected another'],
  ['no job name', 'scrape_configs:\n- ¶scheme: https\n', 'scrape_configs[0].job_name: missing, expected the name of the job'],
  ['an empty job name', 'scrape_configs: [{job_name: ¶""}]', 'scrape_configs[0].job_name: found "", expected the name of the job'],
  ['one job name twice', 'scrape_configs:\n- job_name: a\n- job_name: ¶a\n', 'scrape_configs[1].job_name: job "a" is there already, expected another name'],
  ['nothing for a job', 'scrape_configs:\n-¶\n- job_name: a\n', 'scrape_configs[0]: found nothing, expected a mapping with job_name, scrape_interval and so on'],
  ['a text for a job', 'scrape_configs: [¶a]\n', 'scrape_configs[0]: found "a", expected a mapping with job_name, scrape_interval and so on'],
  ['a mapping for the jobs', 'scrape_configs:\n  ¶job_name: a\n', 'scrape_configs: found a mapping, expected a list'],
  ['a timeout over the interval', job('scrape_timeout: ¶2m'), 'scrape_configs[0].scrape_timeout: found 2m, expected at most the scrape_interval of 1m'],
  ['a global timeout over the interval', 'global: {scrape_interval: 5s, scrape_timeout: ¶6s}', 'global.scrape_timeout: found 6s, expected at most the scrape_interval of 5s'],
  ['no protocol', job('scrape_protocols: ¶[]'), 'scrape_configs[0].scrape_protocols: found an empty list, expected at least one protocol'],
  ['a protocol twice', job('scrape_protocols: [PrometheusText0.0.4, ¶PrometheusText0.0.4]'), 'scrape_configs[0].scrape_protocols[1]: PrometheusText0.0.4 is listed twice'],
  ['an unknown protocol', job('fallback_scrape_protocol: ¶text'), 'scrape_configs[0].fallback_scrape_protocol: found "text", expected one of PrometheusProto, OpenMetricsText1.0.0, OpenMetricsText0.0.1, PrometheusText1.0.0, PrometheusText0.0.4'],
  ['a URL as target', job('static_configs: [{targets: [¶"http://x:1/m"]}]'), 'scrape_configs[0].static_configs[0].targets[0]: found "http://x:1/m", expected host:port alone: put the rest of a URL into scheme and metrics_path'],
  ['a target alone', job('static_configs: [{targets: ¶"x:1"}]'), 'scrape_configs[0].static_configs[0].targets: found "x:1", expected a list'],
  ['an empty target', job('static_configs: [{targets: [¶null]}]'), 'scrape_configs[0].static_configs[0].targets[0]: found nothing, expected a target such as host:9100'],
  ['an empty label name', job('static_configs: [{labels: {¶"": x}}]'), 'scrape_configs[0].static_configs[0].labels[""]: an empty label name'],
  ['a list for a label', job('static_configs: [{labels: {a: ¶[x]}}]'), 'scrape_configs[0].static_configs[0].labels.a: found a list, expected text'],
  ['a parameter without a list', job('params: {a: ¶b}'), 'scrape_configs[0].params.a: expected a list of texts'],
  ['no file', job('file_sd_configs: [¶{}]'), 'scrape_configs[0].file_sd_configs[0].files: missing, expected a list of at least one path'],
  ['a file of another kind', job('file_sd_configs: [{files: [¶a.txt]}]'), 'scrape_configs[0].file_sd_configs[0].files[0]: found "a.txt", expected a path that ends in .json, .yml or .yaml, with * in its last part only'],
  ['a typo of an action', rule('{action: ¶dorp}'), 'scrape_configs[0].relabel_configs[0].action: found "dorp", expected one of replace, keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep, lowercase, uppercase'],
  ['an open bracket in a regex', rule('{action: keep, regex: ¶"("}'), 'scrape_configs[0].relabel_configs[0].regex: found "(", expected a regular expression in RE2 syntax: missing closing )'],
  ['a lookahead', rule('{action: keep, regex: ¶(?!a)b}'), 'scrape_configs[0].relabel_configs[0].regex: found "(?!a)b", expected a regular expression in RE2 syntax: RE2 has no lookahead and no lookbehind'],
  ['a back-reference', rule('{action: keep, regex: ¶(a)\\1}'), 'scrape_configs[0].relabel_configs[0].regex: found "(a)\\\\1", expected a regular expression in RE2 syntax: invalid escape sequence at \\1'],
  ['no target label', rule('¶{action: replace}'), 'scrape_configs[0].relabel_configs[0].target_label: missing, expected a label name, which the action replace needs'],
  ['a modulus of 0', rule('{action: hashmod, target_label: a, modulus: ¶0}'), 'scrape_configs[0].relabel_configs[0].modulus: found 0, expected a number above 0, which the action hashmod divides by'],
  ['what labeldrop does not use', rule('{action: labeldrop, regex: a, source_labels: ¶[b]}'), 'scrape_configs[0].relabel_configs[0].source_labels: the action labeldrop uses only regex: remove it'],
  ['what keepequal does not use', rule('{action: keepequal, source_labels: [b], target_label: c, regex: ¶x}'), 'scrape_configs[0].relabel_configs[0].regex: the action keepequal uses only source_labels and target_label: remove it'],
  ['a label for source_labels', rule('{action: keep, source_labels: ¶a}'), 'scrape_configs[0].relabel_configs[0].source_labels: found "a", expected a list'],
  ['a field one level too high', '¶scrape_interval: 15s\n', 'scrape_interval: unknown field here: it belongs into global or scrape_configs'],
  ['targets without static_configs', job('¶targets: [a]'), 'scrape_configs[0].targets: unknown field here: it belongs into static_configs'],
  ['a secret in place of the block it belongs into', job('basic_auth: ¶"user:secret"'), 'scrape_configs[0].basic_auth: found a secret, expected a mapping with username, username_file and so on: put a blank after the colon'],
  ['a modulus that no number here holds', job('relabel_configs: [{action: hashmod, target_label: a, modulus: ¶18446744073709551615}]'), 'scrape_configs[0].relabel_configs[0].modulus: expected a number below 2^53: prom-agent divides by none that is larger'],
  ['a Consul without a host, whose path would be one', job('consul_sd_configs: [{server: ¶"http:///v1"}]'), 'scrape_configs[0].consul_sd_configs[0].server: found "http:///v1", expected an address such as localhost:8500'],
  ['credentials in the address of a Consul', job('consul_sd_configs: [{server: ¶"u:secret@h:8500"}]'), 'scrape_configs[0].consul_sd_configs[0].server: found "…@h:8500", expected an address such as localhost:8500'],
  ['a Consul by a file', job('consul_sd_configs: [{server: ¶"unix:///run/consul"}]'), 'scrape_configs[0].consul_sd_configs[0].server: found "unix:///run/consul", expected an address such as localhost:8500: Consul is asked by TCP, not by a socket of the file system'],
  ['no URL to write to', 'remote_write: [¶{}]', 'remote_write[0].url: missing, expected an absolute URL such as http://host:9090/api/v1/write'],
  ['a tab in a URL, which a browser takes out', 'remote_write: [{url: ¶"http://h\\tx/w"}]', 'remote_write[0].url: found "http://h\\tx/w", expected an absolute URL such as http://host:9090/api/v1/write'],
  ['a URL without http', 'remote_write: [{url: ¶"u:secret@h:9090"}]', 'remote_write[0].url: found "…@h:9090", expected an absolute URL such as http://host:9090/api/v1/write'],
  ['credentials in a wrong URL', 'remote_write: [{url: ¶"ftp://u:secret@h"}]', 'remote_write[0].url: found "ftp://…@h", expected an absolute URL such as http://host:9090/api/v1/write'],
  ['one remote_write name twice', 'remote_write: [{url: "http://a", name: x}, {url: "http://b", name: ¶x}]', 'remote_write[1].name: remote_write[0] has the same name, expected another'],
  ['a header of the protocol', write('headers: {¶Content-Type: x}'), 'remote_write[0].headers.Content-Type: a header that prom-agent sets itself: remove it'],
  ['credentials in a header', write('headers: {¶Authorization: x}'), 'remote_write[0].headers.Authorization: credentials in a header are refused: they would be shown with the configuration'],
  ['a header of two lines', write('headers: {a: ¶"b\\nc: d"}'), 'remote_write[0].headers.a: expected a text in one line'],
  ['backoffs the wrong way', write('queue_config: {min_backoff: ¶10s}'), 'remote_write[0].queue_config.min_backoff: max_backoff (5s) is shorter than min_backoff (10s)'],
  ['an engine of a later version', 'pool: {engine: ¶zookeeper, static: {member: 0, members: 1}}', 'pool.engine: found "zookeeper", expected static, the only engine prom-agent supports yet'],
  ['a member too many', 'pool: {engine: static, static: {member: ¶3, members: 3}}', 'pool.static.member: found 3, expected 0 to 2: the pool has 3 members, counted from 0'],
  ['a pool without members', 'pool: ¶{engine: static}', 'pool.static: missing, expected a mapping with member and members'],
  ['too little memory', 'agent: {thread_memory: ¶1KB}', 'agent.thread_memory: found 1KB, expected a size of at least 16MB'],
  ['too many threads', 'agent: {threads: ¶1000}', 'agent.threads: found 1000, expected a whole number from 0 to 256'],
  ['a section of another shape', 'rule_files: ¶x', 'rule_files: found "x", expected a list'],
  ['a text', '¶foo bar', 'found "foo bar", expected a mapping with global, scrape_configs and so on'],
  ['a list', '¶- a\n', 'found a list, expected a mapping with global, scrape_configs and so on'],
];

describe('what is wrong with a configuration', () => {
  test.each(faults)('%s', (_, markedText, problem) => {
    const { text, place } = marked(markedText);
    expect(messageFor(text)).toBe(`${place}: ${problem}`);
  });
});

test('tells all problems at once, in the order of the file', () => {
  const text = [
    'scrape_configs:',
    '- job_name: a',
    '  scrape_interval: 5',
    '  basic_auth: {password: secret, password_file: f}',
    '  scrape_protocols: []',
    '  static_configs: [{targets: ["http://x"]}]',
    '- job_name: a',
    '  relabel_configs:',
    '  - action: keep',
    '    regex: (',
    'global: {scrape_timeout: 2m, scrape_timeout: 1m}',
  ].join('\n');
  expect(messageFor(text).split('\n')).toEqual([
    '8 problems in p.yml:',
    'p.yml:3:20: scrape_configs[0].scrape_interval: found 5, expected a duration such as 15s or 1h30m',
    'p.yml:4:49: scrape_configs[0].basic_auth.password_file: password is given too, expected one of the two: remove one',
    'p.yml:5:21: scrape_configs[0].scrape_protocols: found an empty list, expected at least one protocol',
    'p.yml:6:31: scrape_configs[0].static_configs[0].targets[0]: found "http://x", expected host:port alone: put the rest of a URL into scheme and metrics_path',
    'p.yml:7:13: scrape_configs[1].job_name: job "a" is there already, expected another name',
    'p.yml:10:12: scrape_configs[1].relabel_configs[0].regex: found "(", expected a regular expression in RE2 syntax: missing closing )',
    'p.yml:11:26: global.scrape_timeout: found 2m, expected at most the scrape_interval of 1m',
    'p.yml:11:30: global.scrape_timeout: written twice, the first time in line 11',
  ]);
});

test('zstd is taken where the runtime has it, and refused with the version that has', () => {
  const text = 'kafka_write: [{topic: t, brokers: ["h:1"], compression: zstd}]';
  if (hasZstd) {
    expect(parseConfig(text, 'p.yml').kafkaWrites[0]?.compression).toBe('zstd');
    return;
  }
  expect(messageFor(text)).toMatch(
    /expected none, gzip, snappy or lz4: zstd needs Node 22\.15 or later, and this is v\d/,
  );
});

test('does not judge a timeout by an interval that is wrong itself', () => {
  const text = 'global: {scrape_interval: x}\nscrape_configs: [{job_name: a, scrape_timeout: 5m}]';
  expect(messageFor(text)).toMatch(/^p.yml:1:27: global.scrape_interval: [^\n]*$/);
});

test('problems are data too', () => {
  try {
    parseConfig('global:\n  scrape_interval: x\n', 'p.yml');
    expect.unreachable();
  } catch (error) {
    expect((error as PromAgentError).data['problems']).toEqual([
      {
        file: 'p.yml',
        line: 2,
        column: 20,
        path: 'global.scrape_interval',
        message: 'found "x", expected a duration such as 15s or 1h30m',
      },
    ]);
  }
});

test('a thousand problems fill a screen, not the disk', () => {
  const message = messageFor(`scrape_configs:\n${'- {}\n'.repeat(1000)}`);
  expect(message.split('\n')).toHaveLength(102);
  expect(message).toMatch(/^1000 problems in p.yml:\n/);
  expect(message).toMatch(/\nand 900 more$/);
});
