import type { KafkaSasl, KafkaWriteOptions } from '../../outputs/kafka/kafka-options.js';
import { formatDuration } from '../duration.js';
import { showSecret, showTls } from './show-http-client.js';
import { showRule } from './show-scrape-config.js';
import { compact, type Shown } from './shown-values.js';

export function showKafkaWrite(options: KafkaWriteOptions): Shown {
  const { name, brokers, topic, format, compression, clientId, sasl, tls } = options;
  return {
    name,
    brokers,
    topic,
    format,
    compression,
    client_id: clientId,
    ...(sasl && { sasl: showSasl(sasl) }),
    ...(tls && { tls_config: showTls(tls) }),
    linger: formatDuration(options.lingerMs),
    connect_timeout: formatDuration(options.connectTimeoutMs),
    request_timeout: formatDuration(options.requestTimeoutMs),
    min_backoff: formatDuration(options.minBackoffMs),
    max_backoff: formatDuration(options.maxBackoffMs),
    send_exemplars: options.sendExemplars,
    send_native_histograms: options.sendNativeHistograms,
    ...compact({ write_relabel_configs: options.writeRelabelRules?.map(showRule) }),
  };
}

function showSasl(sasl: KafkaSasl): Shown {
  const { mechanism } = sasl;
  if (sasl.mechanism === 'oauthbearer') return { mechanism, ...showSecret('token', sasl.token) };
  return { mechanism, username: sasl.username, ...showSecret('password', sasl.password) };
}
