/** YAML flow text that is right for a field, and text that is wrong. */
export interface Pool {
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

/** A pool of scalars; `|` stands between two. */
export function pool(good: string, bad: string): Pool {
  return { good: good.split(' | '), bad: bad.split(' | ') };
}

export const flag = pool(
  'true | false | yes | no | on | Off | True | ~ | y | !!bool true',
  '"true" | 1 | 0 | tRue | [true] | {} | maybe | !!str true | nope',
);
export const duration = pool(
  '15s | 1m | 1h30m | 0s | 0 | 20s | ~ | "1m" | 1d | 2w | 1m500ms',
  '15 | 1.5s | -1s | 1h1d | 5x | "" | [] | 1 s | 1S | 1h 1m | {} | 300y | true',
);
export const count = pool(
  '0 | 5 | 1e3 | 1.5 | 010 | 0x10 | 1_000 | ~ | 0b11 | 0o7 | +5 | 1e2',
  '-1 | "5" | abc | [1] | 1e30 | .inf | .nan | true | 2020-01-01 | -0x1 | 0x | 1e',
);
export const decimal = pool(
  '0 | 1.1 | 2 | .inf | -1 | ~ | .5 | 1e3',
  '"1.1" | abc | [] | true | 1..2',
);
export const size = pool(
  '10MB | 1KiB | 0 | 1.5GiB | 10MB5KB | ~ | "1MB"',
  '10 | 1K | 1kb | 1 MB | "" | [] | 10MBB | true',
);
export const text = pool(
  '/metrics | a | 1 | true | ~ | 1.50 | 2020-01-01 | "" | "a b" | yes | null | "null" | 0x10',
  '[a] | {} | {a: b}',
);
export const scheme = pool('http | https | ftp | ~', '[] | {}');
export const protocols = pool(
  '[PrometheusText0.0.4] | [OpenMetricsText1.0.0, PrometheusProto] | ~',
  '[] | [prometheusproto] | [PrometheusProto, PrometheusProto] | PrometheusProto | [~]',
);
export const fallback = pool(
  'PrometheusText0.0.4 | "" | ~',
  'text | [PrometheusProto] | prometheusproto',
);
export const params = pool(
  '{a: [b, c]} | {} | ~ | {a: []} | {a: [1, true]} | {1: [x]} | {a: ~}',
  '{a: b} | [a] | a',
);
// Prometheus 3.5 asks more and less of legacy names than later ones, which prom-agent follows.
export const validation = pool('utf8 | "" | ~', 'UTF8 | bogus | [] | 1');
export const nameEscaping = pool(
  'underscores | dots | values | ~',
  'utf8 | bogus | {} | allow-utf8',
);
export const labels = pool(
  '{a: b} | {} | ~ | {a: 1, b: true, c: 1.50} | {a: ~} | {"a.b": c} | {__a: b} | {1: x} | {a: 2020-01-01}',
  '{"": x} | {a: [b]} | [a] | {a: {b: c}} | {a: b, a: c} | a',
);
export const secret = pool('p | 1 | "multi\\nline" | ~ | ""', '[p] | {}');
export const tls = pool(
  '{} | ~ | {insecure_skip_verify: true} | {min_version: TLS12} | {min_version: TLS13, max_version: TLS12} | {server_name: a}',
  '{min_version: TLS9} | {cert_file: c} | {key: k} | {ca: a, ca_file: b} | [] | {bogus: 1} | {insecure_skip_verify: "true"} | {min_version: tls12} | {cert: a, cert_file: b, key: k}',
);
export const basicAuth = pool(
  '{username: u} | {} | ~ | {username: u, password: 1}',
  '{username: u, username_file: f} | {password: p, password_file: f} | {user: u} | [] | u | {username: [u]}',
);
export const authorization = pool(
  '{credentials: c} | {} | ~ | {type: Custom, credentials: c} | {type: " "}',
  '{type: Basic} | {type: " bASIC "} | {credentials: c, credentials_file: f} | [] | {credential: c}',
);
export const oauth2 = pool(
  '{client_id: a, token_url: "http://x"} | ~ | {client_id: a, client_secret: s, token_url: "http://x", scopes: [a], endpoint_params: {a: b}}',
  '{} | {client_id: a} | {token_url: "http://x"} | {client_id: a, token_url: "http://x", client_secret: s, client_secret_file: f} | {client_id: a, token_url: "http://x", tls_config: {key: k}}',
);
export const headers = pool(
  '{X-A: {values: [a]}} | {} | ~ | {X-A: {secrets: [s]}, X-B: ~} | {X-A: {}}',
  '{Host: {values: [a]}} | {authorization: {values: [a]}} | {X-A: b} | {X-A: {value: [a]}} | [] | {X-A: {values: a}} | {X-Prometheus-Scrape-Timeout-Seconds: {values: [a]}}',
);
