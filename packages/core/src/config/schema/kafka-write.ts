import { hasZstd, noZstd } from '../../outputs/kafka/compression/codecs.js';
import { topicFault } from '../../outputs/kafka/topic-template.js';
import { textOf } from '../scalar-text.js';
import {
  type BlockOutput,
  block,
  checkedBlock,
  fieldName,
  list,
  type ReportField,
} from './block.js';
import { reportBoth, tlsSchema } from './http-client.js';
import { duration, flag, leaf, nonEmptyText, oneOf, Refusal, secret, text } from './leaf.js';
import { relabelRuleSchema } from './relabel-rule.js';

const formats = ['remote_write', 'remote_write_v2', 'jsonl', 'text'] as const;
const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;

function broker() {
  return leaf('a broker such as kafka:9092', (value) => {
    const address = textOf(value);
    const port = Number(/^(?:[^\s:/@]+|\[[\da-fA-F:.]+\]):(\d{1,5})$/.exec(address ?? '')?.[1]);
    return port >= 1 && port <= 65_535 ? address : undefined;
  });
}

function topic() {
  return leaf('a topic such as metrics or metrics-{{job}}', (value) => {
    const template = textOf(value);
    if (!template) return undefined;
    const fault = topicFault(template);
    return fault === undefined
      ? template
      : new Refusal(`a topic such as metrics-{{job}}: ${fault}`);
  });
}

function compression() {
  return leaf(`one of ${compressions.join(', ')}`, (value) => {
    const word = compressions.find((known) => known === textOf(value));
    if (word !== 'zstd' || hasZstd) return word;
    return new Refusal(`none, gzip, snappy or lz4: ${noZstd}`);
  });
}

const saslFields = {
  mechanism: oneOf(mechanisms),
  username: nonEmptyText('the name of the user').optional(),
  password: secret().optional(),
  password_file: text().optional(),
  token: secret().optional(),
  token_file: text().optional(),
};

export type WrittenSasl = BlockOutput<typeof saslFields>;

const userFields = ['username', 'password', 'password_file'] as const;
const tokenFields = ['token', 'token_file'] as const;

function checkSasl(written: WrittenSasl, report: ReportField): void {
  reportBoth(written, ['password', 'password_file'], report);
  reportBoth(written, ['token', 'token_file'], report);
  const byToken = written.mechanism === 'oauthbearer';
  for (const name of byToken ? userFields : tokenFields) {
    if (written[name])
      report(name, `means nothing with ${fieldName('mechanism')} ${written.mechanism}`);
  }
  const either = (name: string): string => `${fieldName(name)} or ${fieldName(`${name}_file`)}`;
  if (byToken) {
    if (!written.token && !written.token_file)
      report('mechanism', `needs ${either('token')} beside it`);
    return;
  }
  if (!written.username) report('mechanism', `needs ${fieldName('username')} beside it`);
  if (!written.password && !written.password_file) {
    report('mechanism', `needs ${either('password')} beside it`);
  }
}

export const kafkaWriteSchema = block({
  name: text().optional(),
  brokers: list(broker()),
  topic: topic(),
  format: oneOf(formats).optional(),
  compression: compression().optional(),
  client_id: nonEmptyText('the id of the client').optional(),
  sasl: checkedBlock(saslFields, checkSasl).nullish(),
  tls_config: tlsSchema.nullish(),
  linger: duration().optional(),
  connect_timeout: duration().optional(),
  request_timeout: duration().optional(),
  min_backoff: duration().optional(),
  max_backoff: duration().optional(),
  send_exemplars: flag().optional(),
  send_native_histograms: flag().optional(),
  write_relabel_configs: list(relabelRuleSchema),
});
