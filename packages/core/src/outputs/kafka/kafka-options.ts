import type { SecretSource, TlsConfig } from '../../http-client/http-client-config.js';
import type { NameValidation } from '../../relabel/label-name.js';
import type { RelabelRule } from '../../relabel/rule.js';

/** What the value of a message holds. */
export type KafkaFormat = 'remote_write' | 'remote_write_v2' | 'jsonl' | 'text';

export type KafkaCompression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/**
 * One `kafka_write` block as checked by the configuration, defaults filled in. Plain data: crosses to
 * the scrape threads by structured clone.
 */
export interface KafkaWriteOptions {
  /** Label of its metrics and logs; default: the brokers and the topic. */
  readonly name: string;
  /** `host:port` of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  /** May hold `{{label}}`: labels of the target. */
  readonly topic: string;
  readonly format: KafkaFormat;
  readonly compression: KafkaCompression;
  readonly clientId: string;
  readonly sasl: KafkaSasl | undefined;
  /** Undefined: no TLS. */
  readonly tls: TlsConfig | undefined;
  /** Longest a message waits for company. Default 100 ms. */
  readonly lingerMs: number;
  /** Connecting, TLS and SASL together. Default 10 s. */
  readonly connectTimeoutMs: number;
  /** Of one request. Default 30 s. */
  readonly requestTimeoutMs: number;
  /** Default 100 ms. */
  readonly minBackoffMs: number;
  /** Default 10 s. */
  readonly maxBackoffMs: number;
  /** Default true: nobody on the way refuses them. */
  readonly sendNativeHistograms: boolean;
  readonly sendExemplars: boolean;
  /** Applied to labels that the external ones are a part of, once per series. */
  readonly writeRelabelRules?: readonly RelabelRule[];
  readonly nameValidation?: NameValidation;
}

export type KafkaSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: SecretSource;
    }
  | { readonly mechanism: 'oauthbearer'; readonly token: SecretSource };
