import type { DiscoveryConfig } from '../config/agent-config.js';
import type { Discovery } from './discovery.js';
import { DnsDiscovery } from './dns/dns-discovery.js';
import { FileDiscovery, type FileDiscoveryDeps } from './file/file-discovery.js';
import { StaticDiscovery } from './static-discovery.js';

/** The discovery that a configuration asks for. */
export function createDiscovery(config: DiscoveryConfig, deps: FileDiscoveryDeps): Discovery {
  switch (config.kind) {
    case 'static':
      return new StaticDiscovery(config);
    case 'file':
      return new FileDiscovery(config, deps);
    case 'dns':
      return new DnsDiscovery(config, deps);
    case 'http':
    case 'consul':
    case 'serverset':
    case 'nerve':
      throw new Error(`no discovery of kind ${config.kind}`);
  }
}
