import type { HttpClientConfig } from '../../http-client/http-client-config.js';

/**
 * One `remote_write` block as checked by the configuration, defaults filled in. Plain data: crosses
 * to the scrape threads by structured clone.
 */
export interface RemoteWriteOptions {
  /** Label of its metrics and logs; default: the URL without credentials and query. */
  readonly name: string;
  readonly url: string;
  /** Default 30 s. */
  readonly remoteTimeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly http: HttpClientConfig;
  /** Default false: native histograms are left out, as Prometheus does. */
  readonly sendNativeHistograms?: boolean;
  readonly queue: RemoteWriteQueueOptions;
}

/** `queue_config`, with Prometheus' names and defaults (config/config.go DefaultQueueConfig). */
export interface RemoteWriteQueueOptions {
  /**
   * Samples kept in memory per possible shard: shards in use share `capacity × maxShards`. Beyond, the
   * oldest are dropped. Default 10000.
   */
  readonly capacity: number;
  /** Requests in flight at most; a series always goes through the same one. Default 50. */
  readonly maxShards: number;
  /** Default 2000. */
  readonly maxSamplesPerSend: number;
  /** Longest a sample waits for company. Default 5 s. */
  readonly batchSendDeadlineMs: number;
  /** Default 30 ms. */
  readonly minBackoffMs: number;
  /** Default 5 s. */
  readonly maxBackoffMs: number;
  /** Default true (Prometheus: false), for a 429 is the receiver asking to slow down. */
  readonly retryOnHttp429: boolean;
}
