// For tools that look at targets and rules: what is listed here is public.
// biome-ignore-all lint/performance/noBarrelFile: the public index of the subpath `./target-check`.

export { PromAgentError } from '../errors.js';
export type { Labels } from '../model/labels.js';
export { Relabeller } from '../relabel/relabeller.js';
export type { RelabelRule } from '../relabel/rule.js';
export {
  checkServiceDiscovery,
  type DiscoveredTarget,
  type DiscoveryReport,
  type ServiceDiscoveryOptions,
} from './check-service-discovery.js';
export { parseRelabelRules } from './parse-relabel-rules.js';
