/** One `serverset_sd_configs` entry: members as Finagle and Aurora announce them. */
export interface ServersetDiscoveryConfig extends ZooKeeperTree {
  readonly kind: 'serverset';
}

/** One `nerve_sd_configs` entry: members as Airbnb's Nerve announces them. */
export interface NerveDiscoveryConfig extends ZooKeeperTree {
  readonly kind: 'nerve';
}

/** Where in which ZooKeeper the members are. */
export interface ZooKeeperTree {
  /** At least one `host` or `host:port` (default port 2181) of one ensemble. */
  readonly servers: readonly string[];
  /** At least one, each beginning with `/`; the node itself and everything below it are members. */
  readonly paths: readonly string[];
  /** Of the session, and the longest wait for any answer. Default 10 s. */
  readonly timeoutMs: number;
}
