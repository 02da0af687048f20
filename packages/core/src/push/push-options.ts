import type { HttpClientOptions } from '../config/http-client-options.js';
import type { PushResult } from '../outputs/pushgateway/client/push-request.js';
import type { RegistryLike } from '../self/registry.js';

/** Where a push goes, as which group, and how long it may take. */
export interface PushOptions extends HttpClientOptions {
  /** Of the gateway: `http://pushgateway:9091`, with its route prefix if it has one. */
  url: string;
  /** The labels of the group beside `job`. Default: none, for a batch job belongs to no instance. */
  grouping?: Record<string, string>;
  /** `PUT` replaces the group; `POST` (default) only the metrics of the names that are pushed. */
  method?: 'PUT' | 'POST';
  /** For all of it: collecting, connecting, retries. Default 5000 (5s). */
  deadlineMs?: number;
  /** Of bodies above 1.4 kB. Default `gzip`; gateways before 1.5 take `none` alone. */
  compression?: 'gzip' | 'none';
}

/** What `pushOnce` pushes. */
export interface PushOnceOptions extends PushOptions {
  /** Of the group. */
  job: string;
  /** A prom-client registry, of any copy. */
  registry: RegistryLike;
}

/** What `withJob` pushes beside its own metrics, and whom it tells. */
export interface JobOptions extends PushOptions {
  /** A prom-client registry that is pushed along. Default: none. */
  registry?: RegistryLike;
  /** Told what came of the push. Default: a warning of the process where it did not succeed. */
  onPush?: (result: PushResult) => void;
}
