import type { HttpClientConfig } from '../../http-client/http-client-config.js';

/** One `consul_sd_configs` entry, checked, defaults filled in. */
export interface ConsulDiscoveryConfig {
  readonly kind: 'consul';
  /** `host:port`, perhaps with a scheme. Default `localhost:8500`. */
  readonly server: string;
  /** Comes before `/v1` where Consul stands behind a gateway. Default none. */
  readonly pathPrefix: string | undefined;
  /** Sent as `X-Consul-Token`; never beside `authorization` or `oauth2`. */
  readonly token: string | undefined;
  /** Default: the server's own. */
  readonly datacenter: string | undefined;
  readonly namespace: string | undefined;
  readonly partition: string | undefined;
  /** Between, before and after the tags of `__meta_consul_tags`. Default `,`. */
  readonly tagSeparator: string;
  /** Default `http`. */
  readonly scheme: string;
  /** Any server may answer, not only the leader. Default true. */
  readonly allowStale: boolean;
  /** Least time between two answers for one service, or for the catalog. Default 30 s. */
  readonly refreshIntervalMs: number;
  /** Names of services; empty: all. */
  readonly services: readonly string[];
  /** An instance must carry them all. */
  readonly tags: readonly string[];
  /** A node must carry them all. */
  readonly nodeMeta: Readonly<Record<string, string>>;
  /** Consul's filter expression for the catalog of services. */
  readonly filter: string | undefined;
  /** Consul's filter expression for the instances of a service. */
  readonly healthFilter: string | undefined;
  /** `username` and `password` of the entry are its `basicAuth`. */
  readonly http: HttpClientConfig;
}
