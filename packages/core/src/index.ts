// The public list. What is not named here is not public, whatever a deep import can reach.
// biome-ignore-all lint/performance/noBarrelFile: the one public index of the package.

export { createAgent } from './agent.js';
export type {
  Agent,
  AgentSummary,
  ExpositionResponse,
  MetricsRequest,
  OwnedTarget,
  SelfAddress,
} from './agent-api.js';
export type { Clock, ClockTimer } from './clock.js';
export type {
  AgentBlockOptions,
  AgentOptions,
  PoolOptions,
  QueueOptions,
  SelfOptions,
  StaticPoolOptions,
} from './config/agent-options.js';
export type {
  ConsulDiscoveryOptions,
  DnsDiscoveryOptions,
  FileDiscoveryOptions,
  HttpDiscoveryOptions,
  StaticConfigOptions,
  ZooKeeperDiscoveryOptions,
} from './config/discovery-options.js';
export type { HostOptions } from './config/host-options.js';
export type {
  AuthorizationOptions,
  BasicAuthOptions,
  HttpClientOptions,
  HttpHeaderOptions,
  OAuth2Options,
  TlsOptions,
} from './config/http-client-options.js';
export type {
  KafkaWriteBlockOptions,
  MetadataOptions,
  PushgatewayWriteBlockOptions,
  QueueConfigOptions,
  RemoteWriteBlockOptions,
  SaslOptions,
} from './config/output-options.js';
export type { ConfigProblem } from './config/problems/config-problem.js';
export type { RelabelOptions } from './config/relabel-options.js';
export type {
  GlobalOptions,
  ScrapeConfigOptions,
  SharedScrapeOptions,
} from './config/scrape-options.js';
export { PromAgentError, type PromAgentErrorCode } from './errors.js';
export type { Logger } from './logger.js';
export type { Labels } from './model/labels.js';
export type {
  DrainStatus,
  DropReason,
  DurableQueueStatus,
  OutputStatus,
} from './outputs/output.js';
export type { PushResult } from './outputs/pushgateway/client/push-request.js';
export type { LatencyStatus } from './outputs/send-latency.js';
export type { JobOptions, PushOptions } from './push/push-options.js';
export type { OwnPushResult } from './push/push-own-registry.js';
export { withJob } from './push/with-job.js';
export type { RelabelStep } from './relabel/relabel-steps.js';
export type { RelabelAction, RelabelRule } from './relabel/rule.js';
export { NativeHistogram } from './self/native-histogram/native-histogram.js';
export type { NativeHistogramOptions } from './self/native-histogram/native-histogram-options.js';
export type { NativeSeries } from './self/native-histogram/native-series.js';
export type { RegistryLike, RegistryMetric } from './self/registry.js';
export type { ScrapedNow, ScrapedNowError } from './targets/scraped-now.js';
export type { DroppedTarget, Target } from './targets/target.js';
export type { ScrapeFailureReason, TargetStatus } from './targets/target-status.js';
export { version } from './version.js';
