import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { type Certificates, hasOpenssl, makeCertificates } from './certificates.contract.js';
import type { TlsConfig } from './http-client-config.js';
import { HttpScene, limits } from './http-scene.contract.js';

const unsetTls: TlsConfig = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  serverName: undefined,
  insecureSkipVerify: false,
  minVersion: undefined,
  maxVersion: undefined,
};

describe.skipIf(!hasOpenssl())('TLS (needs the openssl command)', () => {
  let made: Certificates;
  let folder: string;
  const clock = new ManualClock(1_700_000_000_000);
  const scene = new HttpScene(clock);

  beforeAll(() => {
    made = makeCertificates();
    folder = mkdtempSync(join(tmpdir(), 'tls-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => scene.close());

  const trusting = (): TlsConfig => ({ ...unsetTls, ca: { text: made.ca } });

  test.each<[name: string, server: keyof Certificates, config: Partial<TlsConfig>, says: RegExp]>([
    ['expired', 'expired', {}, /expired/],
    ['for another host', 'otherHost', {}, /altnames/],
    ['of an unknown authority', 'selfSigned', {}, /self-signed/],
    ['that server_name does not fit', 'server', { serverName: 'else.test' }, /altnames/],
    ['that server_name, an address, does not fit', 'server', { serverName: '10.0.0.1' }, /IP/],
  ])('a certificate %s is refused', async (_name, server, config, says) => {
    const { url, seen } = await scene.record(made[server] as { cert: string; key: string });
    const client = scene.client({ tls: { ...trusting(), ...config } });
    const failed = client.request({ url, ...limits });
    await expect(failed).rejects.toMatchObject({
      reason: 'tls',
      message: expect.stringMatching(says),
    });
    expect(seen).toEqual([]);
  });

  test.each<[name: string, server: keyof Certificates, config: Partial<TlsConfig>]>([
    ['of the authority', 'server', {}],
    ['for the name in server_name', 'server', { serverName: 'named.test' }],
    ['for the address in server_name', 'server', { serverName: '127.0.0.1' }],
    ['expired, with insecure_skip_verify', 'expired', { insecureSkipVerify: true }],
    ['of nobody, with insecure_skip_verify', 'selfSigned', { insecureSkipVerify: true }],
  ])('a certificate %s is taken', async (_name, server, config) => {
    const { url } = await scene.record(made[server] as { cert: string; key: string });
    const client = scene.client({ tls: { ...trusting(), ...config } });
    expect((await client.request({ url, ...limits })).status).toBe(200);
  });

  test('without tls_config the system decides whom to trust', async () => {
    const { url } = await scene.record(made.server);
    await expect(scene.client({}).request({ url, ...limits })).rejects.toMatchObject({
      reason: 'tls',
    });
  });

  test('a server that asks for a client certificate', async () => {
    const { url, seen } = await scene.record({
      ...made.server,
      ca: made.ca,
      requestCert: true,
      rejectUnauthorized: true,
    });
    // Node's server closes without an alert; others send one.
    await expect(
      scene.client({ tls: trusting() }).request({ url, ...limits }),
    ).rejects.toMatchObject({ reason: expect.stringMatching(/^(tls|connect)$/) });
    const { cert, key } = made.client;
    const shown = scene.client({
      tls: { ...trusting(), cert: { text: cert }, key: { text: key } },
    });
    expect((await shown.request({ url, ...limits })).status).toBe(200);
    const { subject } = (seen[0]!.socket as TLSSocket).getPeerCertificate();
    expect(subject.CN).toBe('client');
  });

  test.each<[config: Partial<TlsConfig>, spoken: string]>([
    [{ maxVersion: 'TLS12' }, 'TLSv1.2'],
    [{ minVersion: 'TLS13' }, 'TLSv1.3'],
  ])('%j speaks %s', async (config, spoken) => {
    const { url, seen } = await scene.record(made.server);
    await scene.client({ tls: { ...trusting(), ...config } }).request({ url, ...limits });
    expect((seen[0]!.socket as TLSSocket).getProtocol()).toBe(spoken);
  });

  test('a version the server does not speak', async () => {
    const { url } = await scene.record({ ...made.server, maxVersion: 'TLSv1.2' });
    const client = scene.client({ tls: { ...trusting(), minVersion: 'TLS13' } });
    await expect(client.request({ url, ...limits })).rejects.toMatchObject({ reason: 'tls' });
  });

  test.each<[name: string, config: () => Partial<TlsConfig>, says: RegExp]>([
    [
      'a CA that is no PEM',
      () => ({ ca: { text: 'x' } }),
      /unable to use specified CA cert inline/,
    ],
    [
      'a key of another certificate',
      () => ({ cert: { text: made.client.cert }, key: { text: made.server.key } }),
      /unable to use specified client cert \(inline\) & key \(inline\)/,
    ],
    [
      'a CA file that is not there',
      () => ({ ca: { file: '/no/such/ca.pem' } }),
      /unable to read CA cert: unable to read file \/no\/such\/ca.pem: ENOENT/,
    ],
  ])('%s fails each request, in words', async (_name, config, says) => {
    const { url } = await scene.record(made.server);
    const client = scene.client({ tls: { ...trusting(), ...config() } });
    for (let n = 0; n < 2; n++) {
      const error = await client.request({ url, ...limits }).catch((failed: unknown) => failed);
      expect(error).toMatchObject({ reason: 'tls', message: expect.stringMatching(says) });
      expect(String(error)).not.toContain('PRIVATE KEY');
    }
  });

  test('files that change are used from the next look on, over new connections', async () => {
    const first = await scene.record(made.server);
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, made.selfSigned.cert);
    const client = scene.client({ tls: { ...trusting(), ca: { file: ca } } });
    const ask = (url: string) =>
      client.request({ url, ...limits }).then(
        ({ status }) => status,
        ({ reason }) => reason,
      );
    expect(await ask(first.url)).toBe('tls');
    writeFileSync(ca, made.ca);
    expect(await ask(first.url)).toBe('tls');
    await clock.advance(2_000);
    expect(await ask(first.url)).toBe(200);
    writeFileSync(ca, made.selfSigned.cert);
    await clock.advance(2_000);
    expect(await ask(first.url)).toBe('tls');
  });
});
