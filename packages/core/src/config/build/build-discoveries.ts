import type { ConsulDiscoveryConfig } from '../../discovery/consul/consul-discovery-config.js';
import type { DnsDiscoveryConfig } from '../../discovery/dns/dns-discovery-config.js';
import type { HttpDiscoveryConfig } from '../../discovery/http/http-discovery-config.js';
import type { ZooKeeperTree } from '../../discovery/zookeeper/zookeeper-discovery-config.js';
import type { DiscoveryConfig } from '../agent-config.js';
import type { WrittenDiscoveries } from '../schema/discoveries.js';
import { buildHttpClient, joinFolder } from './build-http-client.js';

type Entry<N extends keyof WrittenDiscoveries> = NonNullable<WrittenDiscoveries[N]>[number];

/** The discoveries of a job, Prometheus' defaults filled in; a duration of 0 is no value. */
export function buildDiscoveries(written: WrittenDiscoveries, folder: string): DiscoveryConfig[] {
  return [
    ...buildStatic(written),
    ...(written.file_sd_configs ?? []).map(({ files, refresh_interval }) => ({
      kind: 'file' as const,
      files: (files ?? []).map((file) => joinFolder(folder, file)),
      refreshIntervalMs: refresh_interval || 300_000,
    })),
    ...(written.http_sd_configs ?? []).map((entry) => buildHttp(entry, folder)),
    ...(written.dns_sd_configs ?? []).map(buildDns),
    ...(written.consul_sd_configs ?? []).map((entry) => buildConsul(entry, folder)),
    ...(written.serverset_sd_configs ?? []).map((entry) => ({
      kind: 'serverset' as const,
      ...buildTree(entry),
    })),
    ...(written.nerve_sd_configs ?? []).map((entry) => ({
      kind: 'nerve' as const,
      ...buildTree(entry),
    })),
  ];
}

function buildStatic(written: WrittenDiscoveries): DiscoveryConfig[] {
  const groups = written.static_configs ?? [];
  if (groups.length === 0) return [];
  const built = groups.map(({ targets, labels }) => ({
    targets: targets ?? [],
    labels: labels ?? {},
  }));
  return [{ kind: 'static', groups: built }];
}

function buildHttp(written: Entry<'http_sd_configs'>, folder: string): HttpDiscoveryConfig {
  return {
    kind: 'http',
    url: written.url,
    refreshIntervalMs: written.refresh_interval || 60_000,
    http: buildHttpClient(written, folder),
  };
}

function buildDns(written: Entry<'dns_sd_configs'>): DnsDiscoveryConfig {
  return {
    kind: 'dns',
    names: written.names ?? [],
    type: written.type ?? 'SRV',
    port: written.port ?? 0,
    refreshIntervalMs: written.refresh_interval || 30_000,
    servers: written.servers ?? [],
  };
}

function buildConsul(written: Entry<'consul_sd_configs'>, folder: string): ConsulDiscoveryConfig {
  const { username, password } = written;
  const isNamed = Boolean(username || password);
  const http = isNamed ? { ...written, basic_auth: { username, password } } : written;
  return {
    kind: 'consul',
    server: written.server ?? 'localhost:8500',
    pathPrefix: written.path_prefix || undefined,
    token: written.token || undefined,
    datacenter: written.datacenter || undefined,
    namespace: written.namespace || undefined,
    partition: written.partition || undefined,
    tagSeparator: written.tag_separator ?? ',',
    scheme: written.scheme ?? 'http',
    allowStale: written.allow_stale ?? true,
    refreshIntervalMs: written.refresh_interval || 30_000,
    services: written.services ?? [],
    tags: written.tags ?? [],
    nodeMeta: written.node_meta ?? {},
    filter: written.filter || undefined,
    healthFilter: written.health_filter || undefined,
    http: buildHttpClient(http, folder),
  };
}

function buildTree(written: Entry<'nerve_sd_configs'>): ZooKeeperTree {
  return {
    servers: written.servers ?? [],
    paths: written.paths ?? [],
    timeoutMs: written.timeout || 10_000,
  };
}
