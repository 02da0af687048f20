import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Certificates,
  makeCertificates,
  type Pair,
} from '../../packages/core/src/http-client/certificates.contract.js';
import type { TlsConfig } from '../../packages/core/src/http-client/http-client-config.js';
import type { KafkaSasl } from '../../packages/core/src/outputs/kafka/kafka-options.js';
import { WriteReceiver } from '../../packages/core/src/outputs/remote-write/write-receiver.contract.js';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { delivered, KafkaScene } from './kafka-scene.js';
import { runReplay } from './replay-scene.js';

const timeoutMs = 120_000;
const password = 'open sesame';
const sessionMs = 6_000;

/** How a client comes to the broker. */
interface Way {
  /** Of those below, or `sasl`, which has no TLS. */
  readonly listener: string;
  readonly sasl?: KafkaSasl;
  readonly tls?: TlsConfig;
}

function user(mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', word = password): KafkaSasl {
  return { mechanism, username: 'alice', password: { text: word } };
}

/** A token without a signature (RFC 7519, 6), as a broker takes them that was told no issuer. */
function tokenFor(seconds: number): string {
  const part = (claims: object): string =>
    Buffer.from(JSON.stringify(claims)).toString('base64url');
  const now = Date.now() / 1000;
  const claims = { sub: 'alice', iat: Math.floor(now) - 7200, exp: now + seconds };
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

function bearer(seconds: number): KafkaSasl {
  return { mechanism: 'oauthbearer', token: { text: tokenFor(seconds) } };
}

let made: Certificates;
let strange: Certificates;

function trusting(more: Partial<TlsConfig> = {}, { ca } = made): TlsConfig {
  return {
    ca: { text: ca },
    cert: undefined,
    key: undefined,
    serverName: undefined,
    insecureSkipVerify: false,
    minVersion: undefined,
    maxVersion: undefined,
    ...more,
  };
}

const showing = ({ cert, key }: Pair): TlsConfig =>
  trusting({ cert: { text: cert }, key: { text: key } });

const goodWays: Readonly<Record<string, () => Way>> = {
  plain: () => ({ listener: 'sasl', sasl: user('plain') }),
  'scram-sha-256': () => ({ listener: 'sasl', sasl: user('scram-sha-256') }),
  'scram-sha-512': () => ({ listener: 'sasl', sasl: user('scram-sha-512') }),
  oauthbearer: () => ({ listener: 'sasl', sasl: bearer(3600) }),
  TLS: () => ({ listener: 'tls', tls: trusting() }),
  'TLS 1.2': () => ({ listener: 'tls', tls: trusting({ maxVersion: 'TLS12' }) }),
  'TLS, by another name': () => ({ listener: 'tls', tls: trusting({ serverName: 'named.test' }) }),
  'TLS, unverified': () => ({ listener: 'expired', tls: trusting({ insecureSkipVerify: true }) }),
  'a client certificate': () => ({ listener: 'mutual', tls: showing(made.client) }),
  'scram-sha-512 over TLS': () => ({
    listener: 'both',
    sasl: user('scram-sha-512'),
    tls: trusting(),
  }),
};

const certificateRefused = /refuses the client certificate.*cert_file and key_file/;

const badWays: Readonly<Record<string, readonly [() => Way, words: RegExp]>> = {
  'a wrong password (plain)': [
    () => ({ listener: 'sasl', sasl: user('plain', 'let me in') }),
    /SASL PLAIN authentication failed/,
  ],
  'a wrong password (scram)': [
    () => ({ listener: 'sasl', sasl: user('scram-sha-512', 'let me in') }),
    /SASL SCRAM SHA512 authentication failed/,
  ],
  'a token of yesterday': [
    () => ({ listener: 'sasl', sasl: bearer(-3600) }),
    /SASL OAUTHBEARER authentication failed: invalid_token/,
  ],
  'no SASL where it is asked for': [
    () => ({ listener: 'sasl' }),
    /perhaps the listener wants.* SASL/,
  ],
  'SASL where there is none': [
    () => ({ listener: 'tls', tls: trusting(), sasl: user('plain') }),
    /perhaps the listener has no SASL/,
  ],
  'an authority that is not known': [
    () => ({ listener: 'tls', tls: trusting({}, strange) }),
    /unable to verify the first certificate/,
  ],
  'a certificate that has expired': [
    () => ({ listener: 'expired', tls: trusting() }),
    /certificate has expired/,
  ],
  'a certificate of another host': [
    () => ({ listener: 'other', tls: trusting() }),
    /does not match certificate's altnames/,
  ],
  'no client certificate': [() => ({ listener: 'mutual', tls: trusting() }), certificateRefused],
  'a client certificate of strangers': [
    () => ({ listener: 'mutual', tls: showing(strange.client) }),
    certificateRefused,
  ],
  'TLS where there is none': [
    () => ({ listener: 'sasl', tls: trusting() }),
    /perhaps the listener has no TLS/,
  ],
  'no TLS where there is': [() => ({ listener: 'tls' }), /perhaps the listener wants TLS/],
};

describe.skipIf(requireServer('kafka-4.1', 'kafka-3.9', 'openssl')).each(['4.1', '3.9'] as const)(
  'credentials on Kafka %s',
  (version) => {
    let kafka: KafkaServer;
    let receiver: WriteReceiver;
    let folder: TempFolder;

    beforeAll(async () => {
      [made, strange] = [makeCertificates(), makeCertificates()];
      const { ca } = made;
      [folder, receiver] = await Promise.all([tempFolder('credentials'), WriteReceiver.listen()]);
      kafka = await startKafka({
        version,
        users: { alice: password },
        listeners: {
          tls: { protocol: 'SSL', tls: { ...made.server, ca } },
          mutual: { protocol: 'SSL', tls: { ...made.server, ca }, wantsCertificate: true },
          expired: { protocol: 'SSL', tls: { ...made.expired, ca } },
          other: { protocol: 'SSL', tls: { ...made.otherHost, ca } },
          both: { protocol: 'SASL_SSL', tls: { ...made.server, ca } },
        },
        properties: {
          'listener.name.both.oauthbearer.connections.max.reauth.ms': String(sessionMs),
        },
      });
    }, timeoutMs);
    afterAll(async () => {
      await Promise.all([kafka?.stop(), receiver?.close(), folder?.remove()]);
    });

    const brokerOf = ({ listener }: Way): string =>
      listener === 'sasl' ? kafka.saslAddress : kafka.addressOf(listener);

    function writing(topic: string, way: Way): KafkaScene {
      const { sasl, tls } = way;
      return new KafkaScene({ topic, brokers: [brokerOf(way)], sasl, tls });
    }

    /** A replay of the topic, its credentials in a file. */
    async function reading(topic: string, way: Way, ...flags: string[]) {
      const file = join(folder.path, `${topic}.yml`);
      await writeFile(file, configOf(way));
      return runReplay([
        ...['--from', `kafka://${brokerOf(way)}/${topic}?group=${topic}`],
        ...['--kafka.config.file', file, '--to', receiver.url, '--json', ...flags],
      ]);
    }

    // Side by side: each has a topic of its own, and most of it is waiting.
    test.concurrent.each(Object.entries(goodWays))(
      '%s: written and read back',
      async (name, how) => {
        const way = how();
        const topic = topicOf(name);
        await kafka.createTopic({ topic });
        const scene = writing(topic, way);
        for (let i = 0; i < 3; i++) scene.tick(2);
        await scene.settled();
        await scene.output.close(5_000);
        expect((await delivered(kafka, topic)).times).toEqual(scene.given);
        const { code, stderr, status } = await reading(topic, way);
        expect([code, stderr]).toEqual([0, expect.not.stringContaining(password)]);
        expect(status).toMatchObject({ messages: 6, samplesSent: 120, samplesRejected: 0 });
      },
      timeoutMs,
    );

    test.concurrent.each(version === '4.1' ? Object.entries(badWays) : [])(
      '%s: words, and what was scraped waits',
      async (name, [how, words]) => {
        const way = how();
        const topic = topicOf(name);
        await kafka.createTopic({ topic });
        const scene = writing(topic, way);
        scene.tick(2);
        await scene.said(words);
        expect(scene.output.status()).toMatchObject({ samplesSent: 0, queueSamples: 40 });
        await scene.output.close(0);
        const { code, stderr } = await reading(topic, way);
        expect([code, stderr]).toEqual([1, expect.stringMatching(words)]);
        for (const secret of secretsOf(way)) {
          expect(`${scene.words()} ${stderr}`).not.toContain(secret);
        }
      },
      timeoutMs,
    );

    test.concurrent(
      'a session that ends is renewed with the token that stands in the file by then',
      async () => {
        await kafka.createTopic({ topic: 'renewed' });
        const file = join(folder.path, 'token');
        await writeFile(file, tokenFor((1.5 * sessionMs) / 1000));
        const sasl: KafkaSasl = { mechanism: 'oauthbearer', token: { file } };
        const way: Way = { listener: 'both', sasl, tls: trusting() };
        const scene = writing('renewed', way);
        const stop = scene.keepTicking(2, 100);
        while (scene.output.status().samplesSent === 0) await delay(20);
        await writeFile(file, tokenFor(3600));
        await delay(2 * sessionMs);
        await stop();
        await scene.settled();
        await scene.output.close(5_000);
        expect((await delivered(kafka, 'renewed')).times).toEqual(scene.given);
        expect(scene.log.filter(({ level }) => level !== 'debug')).toEqual([]);
        const samples = scene.output.status().samplesSent;
        const rate = Math.ceil(samples / ((2 * sessionMs) / 1000));
        const { code, status } = await reading('renewed', way, '--rate', String(rate));
        expect([code, status]).toMatchObject([0, { samplesSent: samples, samplesRejected: 0 }]);
      },
      timeoutMs,
    );
  },
);

function topicOf(name: string): string {
  return name.replace(/[^\w.]+/g, '-');
}

/** What no log may show. */
function secretsOf({ sasl, tls }: Way): string[] {
  const source = sasl?.mechanism === 'oauthbearer' ? sasl.token : sasl?.password;
  return [source, tls?.key].flatMap((one) => (one && 'text' in one ? [one.text.trim()] : []));
}

/** The fields of a kafka_write block. */
function configOf({ sasl, tls }: Way): string {
  const text = (source: TlsConfig['ca']) => (source && 'text' in source ? source.text : undefined);
  const lines: string[] = [];
  if (sasl?.mechanism === 'oauthbearer') {
    const { mechanism, token } = sasl;
    const from = 'file' in token ? { token_file: token.file } : { token: token.text };
    lines.push(`sasl: ${JSON.stringify({ mechanism, ...from })}`);
  } else if (sasl !== undefined) {
    const { mechanism, username } = sasl;
    lines.push(`sasl: ${JSON.stringify({ mechanism, username, password: text(sasl.password) })}`);
  }
  if (tls !== undefined) {
    const config = {
      ca: text(tls.ca),
      cert: text(tls.cert),
      key: text(tls.key),
      server_name: tls.serverName,
      insecure_skip_verify: tls.insecureSkipVerify,
      max_version: tls.maxVersion,
    };
    lines.push(`tls_config: ${JSON.stringify(config)}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}
