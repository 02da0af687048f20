import { textOf } from '../scalar-text.js';
import {
  type BlockOutput,
  block,
  checkedBlock,
  fieldName,
  list,
  type ReportField,
} from './block.js';
import { httpClientFields, httpUrl } from './http-client.js';
import { count, duration, flag, leaf, nonEmptyText, oneOf, Refusal, secret, text } from './leaf.js';
import { labelMap, textMap } from './maps.js';

const staticGroupSchema = block({
  targets: list(target()),
  labels: labelMap().optional(),
});

function target() {
  return leaf('a target such as host:9100', (value) =>
    value === null ? undefined : textOf(value),
  );
}

// What Prometheus takes as a path of file discovery (discovery/file/file.go patFileSDName).
const discoveryFile = /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/;

function discoveryPath() {
  const expected = 'a path that ends in .json, .yml or .yaml, with * in its last part only';
  return leaf(expected, (value) => {
    const path = textOf(value);
    return path !== undefined && discoveryFile.test(path) ? path : undefined;
  });
}

const fileSchema = block({
  files: list(discoveryPath()),
  refresh_interval: duration().optional(),
});

const httpSchema = block({
  url: httpUrl('an absolute URL such as http://host/targets'),
  refresh_interval: duration().optional(),
  ...httpClientFields,
});

const recordTypes = ['SRV', 'A', 'AAAA', 'MX', 'NS'] as const;

const dnsFields = {
  names: list(nonEmptyText('a name')),
  type: oneOf(recordTypes, (word) => word.toUpperCase()).optional(),
  port: count(0, 65_535).optional(),
  refresh_interval: duration().optional(),
  servers: list(nonEmptyText('an address such as 10.0.0.2 or 10.0.0.2:53')),
};

function checkDns(written: BlockOutput<typeof dnsFields>, report: ReportField): void {
  if ((written.names ?? []).length === 0) report('names', 'expected a list of at least one name');
  const { type = 'SRV', port = 0 } = written;
  if (type === 'SRV' || port > 0) return;
  report('port', `missing, expected the port of the targets: only SRV records bring their own`);
}

const consulSchema = block({
  server: consulServer().optional(),
  path_prefix: text().optional(),
  token: secret().optional(),
  datacenter: text().optional(),
  namespace: text().optional(),
  partition: text().optional(),
  tag_separator: text().optional(),
  scheme: text().optional(),
  username: text().optional(),
  password: secret().optional(),
  allow_stale: flag().optional(),
  refresh_interval: duration().optional(),
  services: list(text()),
  tags: list(text()),
  node_meta: textMap('names and values').optional(),
  filter: text().optional(),
  health_filter: text().optional(),
  ...httpClientFields,
});

/** `host:port`, or a URL with nothing behind its path: a request must not go to whoever comes out of it. */
function consulServer() {
  const expected = 'an address such as localhost:8500';
  return leaf(expected, (value) => {
    const server = textOf(value) ?? '';
    if (server.startsWith('unix://'))
      return new Refusal(`${expected}: Consul is asked by TCP, not by a socket of the file system`);
    const host = /^(?:https?:\/\/)?(?!\w+:\/)([^\s/?#@]+)(?:\/[^\s?#]*)?$/.exec(server)?.[1];
    return host !== undefined && URL.canParse(`http://${host}`) ? server : undefined;
  });
}

const zooKeeperFields = {
  servers: list(nonEmptyText('a server such as host:2181')),
  paths: list(zooKeeperPath()),
  timeout: duration().optional(),
};

function zooKeeperPath() {
  return leaf('a path that begins with /', (value) => {
    const path = textOf(value);
    return path?.startsWith('/') ? path : undefined;
  });
}

function checkZooKeeper(written: BlockOutput<typeof zooKeeperFields>, report: ReportField): void {
  for (const [name, what] of [
    ['servers', 'server'],
    ['paths', 'path'],
  ] as const) {
    if ((written[name] ?? []).length === 0)
      report(name, `expected ${fieldName(name)} to be a list of at least one ${what}`);
  }
}

/** The discoveries of a scrape config. */
export const discoveryFields = {
  static_configs: list(staticGroupSchema),
  file_sd_configs: list(fileSchema),
  http_sd_configs: list(httpSchema),
  dns_sd_configs: list(checkedBlock(dnsFields, checkDns)),
  consul_sd_configs: list(consulSchema),
  serverset_sd_configs: list(checkedBlock(zooKeeperFields, checkZooKeeper)),
  nerve_sd_configs: list(checkedBlock(zooKeeperFields, checkZooKeeper)),
};

export type WrittenDiscoveries = BlockOutput<typeof discoveryFields>;
