import type { HttpClientConfig } from '../../http-client/http-client-config.js';
import type { NameValidation } from '../../relabel/label-name.js';
import type { RelabelRule } from '../../relabel/rule.js';
import type { WriteVersion } from '../wire/request-parts.js';

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
  /** Which message is sent. Default 1. */
  readonly version?: WriteVersion;
  /** Applied to labels that the external ones are a part of, once per series. */
  readonly writeRelabelRules?: readonly RelabelRule[];
  readonly nameValidation?: NameValidation;
  /** Default false: exemplars are left out, as Prometheus does. */
  readonly sendExemplars?: boolean;
  /** Undefined: no metadata is sent. */
  readonly metadata?: MetadataOptions;
  /** Default false: native histograms are left out, as Prometheus does. */
  readonly sendNativeHistograms?: boolean;
  /** Default false: of a name's addresses the first that answers. */
  readonly roundRobinDns?: boolean;
  readonly queue: RemoteWriteQueueOptions;
}

/** `metadata_config`: of remote write 1.0; in 2.0 metadata stands beside the samples. */
export interface MetadataOptions {
  /** Default 1 min. */
  readonly sendIntervalMs: number;
  /** Families of one request. Default 2000. */
  readonly maxSamplesPerSend: number;
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
  /** Lanes from the start. Default 1. */
  readonly minShards?: number;
  /** Samples older than this are not sent again after a failure. Default 0: no limit. */
  readonly sampleAgeLimitMs?: number;
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
