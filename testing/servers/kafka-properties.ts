import { join } from 'node:path';
import type { KafkaOptions } from './kafka.js';
import { type AddedListeners, saslProperties } from './kafka-listeners.js';

/** Of the listeners; the controller as `id@host:port`. */
export interface KafkaPorts {
  readonly port: number;
  readonly adminPort: number;
  readonly saslPort: number;
  readonly controller: string;
}

/** What server.properties says. */
export function serverProperties(
  folder: string,
  { port, adminPort, saslPort, controller }: KafkaPorts,
  advertised: string,
  options: KafkaOptions,
  added: AddedListeners,
): string {
  const { users = {}, listeners = {}, properties: more = {}, joins } = options;
  const { sessionTimeoutMs = 9_000 } = options;
  const addresses = Object.entries(added.addresses).map(([name, at]) => `${name}://${at}`);
  const protocols = Object.entries(listeners).map(([name, { protocol }]) => `${name}:${protocol}`);
  const all: Record<string, string> = {
    'process.roles': joins === undefined ? 'broker,controller' : 'broker',
    'node.id': joins === undefined ? '1' : '2',
    'controller.quorum.voters': controller,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'ADMIN',
    'listener.security.protocol.map': [
      'CLIENT:PLAINTEXT,ADMIN:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
      ...protocols,
    ].join(','),
    listeners: [
      ...addresses,
      `CLIENT://127.0.0.1:${port}`,
      `ADMIN://127.0.0.1:${adminPort}`,
      `SASL://127.0.0.1:${saslPort}`,
      ...(joins === undefined ? [controller.replace('1@', 'CONTROLLER://')] : []),
    ].join(','),
    'advertised.listeners': [
      ...addresses,
      `CLIENT://${advertised}`,
      `ADMIN://127.0.0.1:${adminPort}`,
      `SASL://127.0.0.1:${saslPort}`,
    ].join(','),
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    ...saslProperties('sasl', users),
    ...added.properties,
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': 'false',
    'num.network.threads': '2',
    'num.io.threads': '2',
    'log.cleaner.enable': 'false',
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'broker.session.timeout.ms': String(sessionTimeoutMs),
    'broker.heartbeat.interval.ms': String(Math.floor(sessionTimeoutMs / 6)),
    ...more,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
