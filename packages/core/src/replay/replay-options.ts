import type { TlsConfig } from '../http-client/http-client-config.js';
import type { KafkaFormat, KafkaSasl } from '../outputs/kafka/kafka-options.js';
import type { RemoteWriteOptions } from '../outputs/remote-write/remote-write-options.js';
import type { WriteVersion } from '../outputs/wire/request-parts.js';

/** What is read, where it goes, and how much of it. */
export interface ReplayOptions {
  readonly source: ReplaySource;
  readonly receiver: RemoteWriteOptions;
  readonly version: WriteVersion;
  /** Of messages without the header `format`, which others have written. */
  readonly defaultFormat: KafkaFormat;
  /** Samples from this time on, Unix ms. Undefined: all. */
  readonly fromMs: number | undefined;
  /** Samples before this time, Unix ms. Undefined: all. */
  readonly toMs: number | undefined;
  /** Samples a second at most. Undefined: as fast as the receiver takes them. */
  readonly samplesPerSecond: number | undefined;
  /** Go on at the end of the topic. */
  readonly isFollowing: boolean;
}

export interface ReplaySource {
  readonly brokers: readonly string[];
  readonly topic: string;
  /** The consumer group, which remembers how far the replay has come. */
  readonly group: string;
  readonly clientId: string;
  readonly sasl: KafkaSasl | undefined;
  /** Undefined: no TLS. */
  readonly tls: TlsConfig | undefined;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}
