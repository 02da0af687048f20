import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';

/** A listener of a broker with TLS. */
export interface KafkaListener {
  readonly protocol: 'SSL' | 'SASL_SSL';
  /** The broker's certificate with its key, and the authority of its clients'; PEM. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  /** Whether who connects must show a certificate. Default false. */
  readonly wantsCertificate?: boolean;
}

export interface AddedListeners {
  /** `host:port` by name. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
}

/** Properties of listeners by name (lower case), with their certificates as files in the folder. */
export async function addListeners(
  folder: string,
  listeners: Readonly<Record<string, KafkaListener>>,
  users: Readonly<Record<string, string>>,
): Promise<AddedListeners> {
  const addresses: Record<string, string> = {};
  const properties: Record<string, string> = {};
  for (const [name, { protocol, tls, wantsCertificate = false }] of Object.entries(listeners)) {
    addresses[name] = `127.0.0.1:${await freePort()}`;
    const store = async (kind: string, pem: string): Promise<void> => {
      const file = join(folder, `${name}.${kind}.pem`);
      await writeFile(file, pem);
      properties[`listener.name.${name}.ssl.${kind}.type`] = 'PEM';
      properties[`listener.name.${name}.ssl.${kind}.location`] = file;
    };
    await store('keystore', `${tls.key}${tls.cert}`);
    await store('truststore', tls.ca);
    properties[`listener.name.${name}.ssl.client.auth`] = wantsCertificate ? 'required' : 'none';
    if (protocol === 'SASL_SSL') Object.assign(properties, saslProperties(name, users));
  }
  return { addresses, properties };
}

/** Every mechanism; tokens of OAUTHBEARER are taken unsigned. */
export function saslProperties(
  listener: string,
  users: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const plainUsers = Object.entries(users).map(([name, word]) => `user_${name}="${word}"`);
  const jaas = (module: string, words: readonly string[] = []): string =>
    `${['org.apache.kafka.common.security', module].join('.')} required ${words.join(' ')};`;
  const modules = {
    plain: jaas('plain.PlainLoginModule', plainUsers),
    'scram-sha-256': jaas('scram.ScramLoginModule'),
    'scram-sha-512': jaas('scram.ScramLoginModule'),
    oauthbearer: jaas('oauthbearer.OAuthBearerLoginModule', [
      'unsecuredLoginStringClaim_sub="admin"',
    ]),
  };
  return Object.fromEntries(
    Object.entries(modules).map(([mechanism, module]) => [
      `listener.name.${listener}.${mechanism}.sasl.jaas.config`,
      module,
    ]),
  );
}
