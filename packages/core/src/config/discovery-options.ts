import type { HttpClientOptions } from './http-client-options.js';

export interface StaticConfigOptions {
  /** `host:port` each. */
  targets: string[];
  /** Labels of all of them. */
  labels?: Record<string, string>;
}

export interface FileDiscoveryOptions {
  /** Paths of .json, .yml or .yaml files, relative to the working directory; the last part may hold `*`. */
  files: string[];
  /** Files are read again at least this often. Default 300000 (5m). */
  refreshIntervalMs?: number;
}

export interface HttpDiscoveryOptions extends HttpClientOptions {
  /** Answers with a JSON list of target groups. */
  url: string;
  /** Default 60000 (1m). */
  refreshIntervalMs?: number;
}

export interface DnsDiscoveryOptions {
  /** At least one. */
  names: string[];
  /** Default `SRV`. */
  type?: 'SRV' | 'A' | 'AAAA' | 'MX' | 'NS';
  /** Of the targets; SRV records bring their own, all others need it. */
  port?: number;
  /** Default 30000 (30s). */
  refreshIntervalMs?: number;
  /** Name servers to ask, in this order: `10.0.0.2`, `[::1]:5353`. Default: those of the system. */
  servers?: string[];
}

export interface ConsulDiscoveryOptions extends HttpClientOptions {
  /** Default `localhost:8500`. */
  server?: string;
  /** Stands before `/v1` where Consul is behind a gateway. */
  pathPrefix?: string;
  /** Not together with `authorization` or `oauth2`. */
  token?: string;
  /** Default: that of the server. */
  datacenter?: string;
  /** Of Consul Enterprise. Default: none. */
  namespace?: string;
  /** Of Consul Enterprise. Default: none. */
  partition?: string;
  /** Between the tags in `__meta_consul_tags`. Default `,`. */
  tagSeparator?: string;
  /** Default `http`. */
  scheme?: string;
  /** Old name of `basicAuth.username`. */
  username?: string;
  /** Old name of `basicAuth.password`. */
  password?: string;
  /** Let any server answer, not only the leader. Default true. */
  allowStale?: boolean;
  /** Least time between two answers. Default 30000 (30s). */
  refreshIntervalMs?: number;
  /** Default: all. */
  services?: string[];
  /** Tags an instance must have, all of them. */
  tags?: string[];
  /** Metadata a node must have. */
  nodeMeta?: Record<string, string>;
  /** Consul's filter expression for the catalog. */
  filter?: string;
  /** Consul's filter expression for instances. */
  healthFilter?: string;
}

export interface ZooKeeperDiscoveryOptions {
  /** `host:port` of one ensemble. */
  servers: string[];
  /** Nodes, each beginning with `/`; all below them are members. */
  paths: string[];
  /** Of the session. Default 10000 (10s). */
  timeoutMs?: number;
}
