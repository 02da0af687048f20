import type {
  MetadataOptions,
  RemoteWriteQueueOptions,
} from '../../outputs/remote-write/remote-write-options.js';
import { formatDuration } from '../duration.js';
import {
  type BlockOutput,
  block,
  checkedBlock,
  fieldName,
  list,
  type ReportField,
} from './block.js';
import { httpClientFields, httpUrl } from './http-client.js';
import { count, duration, flag, oneOf, text } from './leaf.js';
import { headerMap } from './maps.js';
import { relabelRuleSchema } from './relabel-rule.js';

const queueFields = {
  capacity: count(1).optional(),
  max_shards: count(1).optional(),
  max_samples_per_send: count(1).optional(),
  batch_send_deadline: duration().optional(),
  min_backoff: duration().optional(),
  max_backoff: duration().optional(),
  retry_on_http_429: flag().optional(),
  min_shards: count(1).optional(),
  sample_age_limit: duration().optional(),
};

type WrittenQueue = BlockOutput<typeof queueFields>;

const queueSchema = checkedBlock(queueFields, checkQueue);

/** With Prometheus' defaults filled in (config.go DefaultQueueConfig), except for 429. */
export function toQueueOptions(written: WrittenQueue): RemoteWriteQueueOptions {
  return {
    capacity: written.capacity ?? 10_000,
    maxShards: written.max_shards ?? 50,
    maxSamplesPerSend: written.max_samples_per_send ?? 2000,
    batchSendDeadlineMs: written.batch_send_deadline ?? 5000,
    minBackoffMs: written.min_backoff ?? 30,
    maxBackoffMs: written.max_backoff ?? 5000,
    retryOnHttp429: written.retry_on_http_429 ?? true,
    ...(written.min_shards ? { minShards: written.min_shards } : {}),
    ...(written.sample_age_limit ? { sampleAgeLimitMs: written.sample_age_limit } : {}),
  };
}

function checkQueue(written: WrittenQueue, report: ReportField): void {
  const { minBackoffMs, maxBackoffMs, minShards = 1, maxShards } = toQueueOptions(written);
  if (minShards > maxShards) {
    const name = written.min_shards === undefined ? 'max_shards' : 'min_shards';
    report(
      name,
      `${fieldName('max_shards')} (${maxShards}) is less than ${fieldName('min_shards')} (${minShards})`,
    );
  }
  if (minBackoffMs <= maxBackoffMs) return;
  const shorter = written.max_backoff === undefined ? 'min_backoff' : 'max_backoff';
  const [min, max] = [formatDuration(minBackoffMs), formatDuration(maxBackoffMs)];
  report(
    shorter,
    `${fieldName('max_backoff')} (${max}) is shorter than ${fieldName('min_backoff')} (${min})`,
  );
}

const metadataFields = {
  send: flag().optional(),
  send_interval: duration().optional(),
  max_samples_per_send: count(0).optional(),
};

const metadataSchema = block(metadataFields);

type WrittenMetadata = BlockOutput<typeof metadataFields>;

/** Undefined where none is to be sent; with Prometheus' defaults (config.go DefaultMetadataConfig). */
export function toMetadataOptions(written: WrittenMetadata): MetadataOptions | undefined {
  if (written.send === false) return undefined;
  return {
    sendIntervalMs: written.send_interval || 60_000,
    maxSamplesPerSend: written.max_samples_per_send || 2000,
  };
}

const protobufMessages = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'] as const;

export const remoteWriteSchema = block(
  {
    url: httpUrl('an absolute URL such as http://host:9090/api/v1/write'),
    name: text().optional(),
    remote_timeout: duration().optional(),
    headers: headerMap().optional(),
    write_relabel_configs: list(relabelRuleSchema),
    queue_config: queueSchema.nullish(),
    metadata_config: metadataSchema.nullish(),
    send_exemplars: flag().optional(),
    send_native_histograms: flag().optional(),
    protobuf_message: oneOf(protobufMessages).optional(),
    round_robin_dns: flag().optional(),
    failed_request_logging: flag().optional(),
    ...httpClientFields,
  },
  { prometheus: ['sigv4', 'azuread', 'google_iam'] },
);
