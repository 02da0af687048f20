import type { HttpClientConfig } from '../../http-client/http-client-config.js';

/** One `http_sd_configs` entry, checked, defaults filled in. */
export interface HttpDiscoveryConfig {
  readonly kind: 'http';
  /** Absolute, http or https; becomes `__meta_url` as it is written. */
  readonly url: string;
  /** Also the time a request may take. Default 60 s. */
  readonly refreshIntervalMs: number;
  readonly http: HttpClientConfig;
}
