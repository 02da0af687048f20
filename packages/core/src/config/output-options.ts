import type { HttpClientOptions, TlsOptions } from './http-client-options.js';
import type { RelabelOptions } from './relabel-options.js';

/** A Prometheus remote-write endpoint. */
export interface RemoteWriteBlockOptions extends HttpClientOptions {
  /** Absolute, `http://` or `https://`. */
  url: string;
  /** Label of its metrics and logs. Default: the URL without credentials and query. */
  name?: string;
  /** Of one request. Default 30000 (30s). */
  remoteTimeoutMs?: number;
  /** Headers of every request. */
  headers?: Record<string, string>;
  /** Applied to every series before it is queued, external labels included. */
  writeRelabelConfigs?: RelabelOptions[];
  /** What waits to be sent, and how it is sent. */
  queueConfig?: QueueConfigOptions;
  /** How HELP, TYPE and UNIT lines are sent. */
  metadataConfig?: MetadataOptions;
  /** Send exemplars; without it they are left out. Default false. */
  sendExemplars?: boolean;
  /** Send native histograms; without it they are left out. Default false. */
  sendNativeHistograms?: boolean;
  /**
   * Remote write 1.0 or 2.0. A receiver that does not know 2.0 gets 1.0 after its first answer. Default
   * `prometheus.WriteRequest`, 1.0.
   */
  protobufMessage?: 'prometheus.WriteRequest' | 'io.prometheus.write.v2.Request';
  /** Connect to one of the host's addresses at random instead of the first that answers. Default false. */
  roundRobinDns?: boolean;
  /** Not supported yet. Default false. */
  failedRequestLogging?: false;
}

/** A Kafka cluster. Needs kafkajs 2.2.4 beside the service. */
export interface KafkaWriteBlockOptions {
  /** Label of its metrics and logs. Default: the brokers and the topic. */
  name?: string;
  /** `host:port` of some of the brokers; the others are learned from them. */
  brokers: string[];
  /** May hold labels of the target: `metrics-{{job}}`. It must be there: nothing creates it. */
  topic: string;
  /** What the value of a message holds. Default `remote_write`: a request of remote write 1.0. */
  format?: 'remote_write' | 'remote_write_v2' | 'jsonl' | 'text';
  /** Of the batches. Default `none`: `remote_write` is compressed in itself. */
  compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  /** Default `prom-agent`. */
  clientId?: string;
  /** Default: no authentication. */
  sasl?: SaslOptions;
  /** TLS, when it is given; `{}` for what the system trusts. */
  tlsConfig?: TlsOptions;
  /** Longest a message waits for company. Default 100 (100ms). */
  lingerMs?: number;
  /** Until a broker is connected, with TLS and SASL. Default 10000 (10s). */
  connectTimeoutMs?: number;
  /** Of one request. Default 30000 (30s). */
  requestTimeoutMs?: number;
  /** First pause before a retry; it doubles. Default 100 (100ms). */
  minBackoffMs?: number;
  /** Longest pause before a retry. Default 10000 (10s). */
  maxBackoffMs?: number;
  /** Default true. */
  sendExemplars?: boolean;
  /** Default true. */
  sendNativeHistograms?: boolean;
  /** Applied to every series before it is queued, external labels included. */
  writeRelabelConfigs?: RelabelOptions[];
}

export interface SaslOptions {
  /** `plain`, `scram-sha-256`, `scram-sha-512` or `oauthbearer`. */
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'oauthbearer';
  /** Not with `oauthbearer`. */
  username?: string;
  /** Not with `oauthbearer`. */
  password?: string;
  /** Read again for each connection. */
  passwordFile?: string;
  /** Of `oauthbearer`. */
  token?: string;
  /** Read again for each connection. */
  tokenFile?: string;
}

/** A Pushgateway. */
export interface PushgatewayWriteBlockOptions extends HttpClientOptions {
  /** Absolute, `http://` or `https://`, with the gateway's route prefix if it has one. */
  url: string;
  /** Label of its metrics and logs. Default: the URL without credentials. */
  name?: string;
  /** What is pushed: `self` (default), the service's own metrics; `targets`, each scraped target as a group. */
  source?: 'self' | 'targets';
  /** `PUT` (default) replaces a group; with `POST` metrics that are gone stay in it. */
  method?: 'PUT' | 'POST';
  /** Of the group of the own metrics. Default: as `agent.self.job`. Of `targets`: of those that have no job. */
  job?: string;
  /** Labels of the groups beside `job`. Default: `instance` as in `agent.self`; of `targets` their own labels, which win. External labels are added. */
  grouping?: Record<string, string>;
  /** Default 15000 (15s). A target is pushed after its scrape, at most once an interval. */
  intervalMs?: number;
  /** A group of this agent that nobody pushes any more is deleted after so long; 0: never. Default 300000 (5m). */
  ttlMs?: number;
  /** On `close()`: `push` (default) what was not pushed yet and leave the groups, or `delete` them. */
  onClose?: 'push' | 'delete';
  /** Of one push. Default 10000 (10s). */
  timeoutMs?: number;
  /** Of the bodies. Default `none`; gateways before 1.5 take no `gzip`. */
  compression?: 'none' | 'gzip';
  /** To a gateway before 1.8 only their counts and sums. Default true. */
  sendNativeHistograms?: boolean;
}

export interface MetadataOptions {
  /** Default true. */
  send?: boolean;
  /** Of 1.0, apart from samples. Default 60000 (1m). 2.0 has type and unit beside every sample. */
  sendIntervalMs?: number;
  /** Families of one request of 1.0. Default 2000. */
  maxSamplesPerSend?: number;
}

export interface QueueConfigOptions {
  /** Samples kept in memory per shard; the oldest go beyond. Default 10000. */
  capacity?: number;
  /** Requests in flight at most. Default 50. */
  maxShards?: number;
  /** Default 2000. */
  maxSamplesPerSend?: number;
  /** Longest a sample waits for company. Default 5000 (5s). */
  batchSendDeadlineMs?: number;
  /** First pause before a retry; it doubles. Default 30. */
  minBackoffMs?: number;
  /** Longest pause before a retry. Default 5000 (5s). */
  maxBackoffMs?: number;
  /** Send again what was answered by 429 (Too Many Requests). Default true; Prometheus: false. */
  retryOnHttp429?: boolean;
  /** Shards from the start. Default 1. */
  minShards?: number;
  /** A batch whose samples are all older is dropped rather than sent again. Default 0: no limit. */
  sampleAgeLimitMs?: number;
}
