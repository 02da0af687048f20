import type { KafkaSasl, KafkaWriteOptions } from '../../outputs/kafka/kafka-options.js';
import type { NameValidation } from '../../relabel/label-name.js';
import type { Findings } from '../problems/findings.js';
import type { ConfigPath } from '../raw-tree.js';
import { fieldName } from '../schema/block.js';
import type { WrittenSasl } from '../schema/kafka-write.js';
import { toRelabelRule } from '../schema/relabel-rule.js';
import type { WrittenKafkaWrite } from '../schema/root.js';
import { buildTls, plainTls, sourceOf } from './build-http-client.js';
import { freeName } from './build-remote-writes.js';
import { checkLegacyRules } from './check-legacy-names.js';
import type { CheckedSections } from './check-sections.js';

/** The `kafka_write` blocks; `taken` are the names of other outputs, for names are labels of metrics. */
export function buildKafkaWrites(
  blocks: CheckedSections['kafkaWrites'],
  taken: readonly string[],
  folder: string,
  nameValidation: NameValidation,
  findings: Findings,
): KafkaWriteOptions[] {
  const names = new Map<string, unknown>(taken.map((name) => [name, undefined]));
  const kafkaWrites: KafkaWriteOptions[] = [];
  for (const [i, written] of blocks.entries()) {
    if (written === undefined) continue;
    const path = ['kafka_write', i];
    const brokers = written.brokers ?? [];
    if (brokers.length === 0) {
      reportNoBroker(path, findings);
      continue;
    }
    if (written.name && names.has(written.name)) {
      findings.report([...path, 'name'], 'another output has the same name, expected another');
    }
    const name = written.name || freeName(`kafka://${brokers.join(',')}/${written.topic}`, names);
    names.set(name, i);
    const options = { ...plainOptions(written), name, brokers };
    checkBackoff(options, path, findings);
    const rules = (written.write_relabel_configs ?? []).map(toRelabelRule);
    if (nameValidation === 'legacy') {
      checkLegacyRules(rules, [...path, 'write_relabel_configs'], findings);
    }
    kafkaWrites.push({
      ...options,
      sasl: buildSasl(written.sasl, folder),
      tls: written.tls_config ? (buildTls(written.tls_config, folder) ?? plainTls) : undefined,
      ...(rules.length > 0 ? { writeRelabelRules: rules, nameValidation } : {}),
    });
  }
  return kafkaWrites;
}

function reportNoBroker(path: ConfigPath, findings: Findings): void {
  const given = findings.tree.valueAt([...path, 'brokers']);
  // What is wrong with each of those given is told already.
  if (Array.isArray(given) && given.length > 0) return;
  findings.report([...path, 'brokers'], 'expected a list of at least one broker');
}

function checkBackoff(
  { minBackoffMs, maxBackoffMs }: Pick<KafkaWriteOptions, 'minBackoffMs' | 'maxBackoffMs'>,
  path: ConfigPath,
  findings: Findings,
): void {
  if (maxBackoffMs >= minBackoffMs) return;
  const max = fieldName('max_backoff');
  findings.report([...path, 'min_backoff'], `is longer than ${max}, expected a shorter one`);
}

function plainOptions(written: WrittenKafkaWrite) {
  return {
    topic: written.topic,
    format: written.format ?? 'remote_write',
    compression: written.compression ?? 'none',
    clientId: written.client_id ?? 'prom-agent',
    lingerMs: written.linger ?? 100,
    connectTimeoutMs: written.connect_timeout || 10_000,
    requestTimeoutMs: written.request_timeout || 30_000,
    minBackoffMs: written.min_backoff ?? 100,
    maxBackoffMs: written.max_backoff ?? 10_000,
    sendExemplars: written.send_exemplars ?? true,
    sendNativeHistograms: written.send_native_histograms ?? true,
  } as const;
}

function buildSasl(written: WrittenSasl | null | undefined, folder: string): KafkaSasl | undefined {
  if (!written) return undefined;
  const { mechanism, username = '' } = written;
  if (mechanism === 'oauthbearer') {
    const token = sourceOf(written.token, written.token_file, folder);
    return { mechanism, token: token ?? { text: '' } };
  }
  const password = sourceOf(written.password, written.password_file, folder);
  return { mechanism, username, password: password ?? { text: '' } };
}
