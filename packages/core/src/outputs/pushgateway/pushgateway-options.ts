import type { HttpClientConfig } from '../../http-client/http-client-config.js';

/** Whose metrics are pushed: the service's own registry, or each scraped target as a group of its own. */
export type PushSource = 'self' | 'targets';

/**
 * One `pushgateway_write` block as checked by the configuration, defaults filled in. Plain data:
 * crosses to the scrape threads by structured clone.
 */
export interface PushgatewayWriteOptions {
  /** Label of its metrics and logs; default: the URL without credentials. */
  readonly name: string;
  readonly url: string;
  readonly source: PushSource;
  readonly method: 'PUT' | 'POST';
  /** Of the group of the own registry, or of targets that have no job; undefined: not configured. */
  readonly job: string | undefined;
  /** Labels of every group, those of `external_labels` included; a target's own labels win. */
  readonly grouping: Readonly<Record<string, string>>;
  /** Default 15 s. Of a target at most one push an interval. */
  readonly intervalMs: number;
  /** A group that nobody has pushed for so long is deleted. 0: never. Default 5 min. */
  readonly ttlMs: number;
  /** What becomes of the groups when the agent is closed. Default `push`: they stay as they were last. */
  readonly onClose: 'push' | 'delete';
  /** Of one push. Default 10 s. */
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
  /** Default true; a gateway before 1.8 gets their counts and sums alone. */
  readonly sendNativeHistograms: boolean;
  readonly http: HttpClientConfig;
}
