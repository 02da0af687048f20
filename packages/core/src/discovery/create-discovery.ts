import type { DiscoveryConfig } from '../config/agent-config.js';
import { ConsulDiscovery, type ConsulDiscoveryDeps } from './consul/consul-discovery.js';
import type { Discovery } from './discovery.js';
import { DnsDiscovery } from './dns/dns-discovery.js';
import { FileDiscovery, type FileDiscoveryDeps } from './file/file-discovery.js';
import { HttpDiscovery, type HttpDiscoveryDeps } from './http/http-discovery.js';
import { StaticDiscovery } from './static-discovery.js';
import {
  ZooKeeperDiscovery,
  type ZooKeeperDiscoveryDeps,
} from './zookeeper/zookeeper-discovery.js';

/** What each of them takes some of. */
export type AllDiscoveryDeps = ConsulDiscoveryDeps &
  FileDiscoveryDeps &
  HttpDiscoveryDeps &
  ZooKeeperDiscoveryDeps;

/** The discovery that a configuration asks for. */
export function createDiscovery(config: DiscoveryConfig, deps: AllDiscoveryDeps): Discovery {
  switch (config.kind) {
    case 'static':
      return new StaticDiscovery(config);
    case 'file':
      return new FileDiscovery(config, deps);
    case 'dns':
      return new DnsDiscovery(config, deps);
    case 'http':
      return new HttpDiscovery(config, deps);
    case 'consul':
      return new ConsulDiscovery(config, deps);
    case 'serverset':
    case 'nerve':
      return new ZooKeeperDiscovery(config, deps);
  }
}
