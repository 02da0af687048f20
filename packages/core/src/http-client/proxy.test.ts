import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { type Certificates, hasOpenssl, makeCertificates } from './certificates.contract.js';
import type { ProxyConfig, TlsConfig } from './http-client-config.js';
import { HttpScene, limits } from './http-scene.contract.js';
import { ProxyServer } from './proxy-server.contract.js';

const clock = new ManualClock();
const scene = new HttpScene(clock);
let proxy: ProxyServer;

beforeEach(async () => {
  proxy = await ProxyServer.listen();
  scene.closeLater(proxy);
});
afterEach(() => scene.close());

const through = (config: Partial<ProxyConfig> = {}): ProxyConfig => ({
  url: `http://us%40er:p%25w@${proxy.host}`,
  noProxy: '',
  fromEnvironment: false,
  connectHeaders: {},
  ...config,
});
const proxyCredentials = `Basic ${Buffer.from('us@er:p%w').toString('base64')}`;

test('an http URL is asked of the proxy whole, the target sees no proxy credentials', async () => {
  const { url, seen } = await scene.record();
  const client = scene.client({
    proxy: through({ connectHeaders: { 'x-connect': [{ text: 'c' }] } }),
    authorization: { type: 'Bearer', credentials: { text: 't' } },
  });
  const answer = await client.request({ url: `${url}/metrics?a=b`, ...limits });
  expect(answer.body.toString()).toBe('ok');
  expect(proxy.seen).toMatchObject([
    {
      method: 'GET',
      target: `${url}/metrics?a=b`,
      headers: {
        host: new URL(url).host,
        'proxy-authorization': proxyCredentials,
        authorization: 'Bearer t',
      },
    },
  ]);
  expect(proxy.seen[0]!.headers).not.toHaveProperty('x-connect');
  expect(seen[0]!.headers.authorization).toBe('Bearer t');
});

test('no_proxy goes around it', async () => {
  const { url } = await scene.record();
  const client = scene.client({ proxy: through({ noProxy: 'other.test' }) });
  expect((await client.request({ url, ...limits })).status).toBe(200);
  expect(proxy.seen).toEqual([]);
});

test('the environment names it', async () => {
  const { url } = await scene.record();
  const lookup = (_name: string, _options: unknown, callback: (...args: unknown[]) => void) =>
    callback(null, [{ address: '127.0.0.1', family: 4 }]);
  const client = scene.client(
    { proxy: through({ url: undefined, fromEnvironment: true }) },
    { environment: { HTTP_PROXY: proxy.host }, lookup: lookup as never },
  );
  const target = url.replace('127.0.0.1', 'named.test');
  await client.request({ url: target, ...limits });
  expect(proxy.seen).toMatchObject([{ method: 'GET', target: `${target}/` }]);
});

test.each(['http://127.0.0.1:2', 'https://127.0.0.1:2'])(
  'a proxy that is not there, for %s',
  async (url) => {
    const client = scene.client({ proxy: through({ url: 'http://127.0.0.1:1' }) });
    await expect(client.request({ url, ...limits })).rejects.toMatchObject({
      reason: 'connect',
      message: expect.stringContaining('ECONNREFUSED 127.0.0.1:1'),
    });
  },
);

describe.skipIf(!hasOpenssl())('https through a tunnel (needs the openssl command)', () => {
  let made: Certificates;
  let tls: TlsConfig;

  beforeAll(() => {
    made = makeCertificates();
    tls = {
      ca: { text: made.ca },
      cert: undefined,
      key: undefined,
      serverName: undefined,
      insecureSkipVerify: false,
      minVersion: undefined,
      maxVersion: undefined,
    };
  });

  test('the name is the proxy’s to resolve; CONNECT headers and credentials are for it alone', async () => {
    const { url, seen } = await scene.record(made.server);
    const target = url.replace('127.0.0.1', 'named.test');
    const connectHeaders = { 'x-connect': [{ text: 'a' }, { text: 'b' }] };
    const client = scene.client({ tls, proxy: through({ connectHeaders }) });
    for (let n = 0; n < 2; n++) {
      await client.request({ url: target, ...limits });
      // A socket is free again a turn after its answer.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(proxy.seen).toMatchObject([
      {
        method: 'CONNECT',
        target: new URL(target).host,
        headers: { 'proxy-authorization': proxyCredentials, 'x-connect': 'a, b' },
      },
    ]);
    expect(seen).toHaveLength(2);
    expect(seen[0]!.headers).not.toHaveProperty('proxy-authorization');
  });

  test('the certificate is the target’s', async () => {
    const { url } = await scene.record(made.otherHost);
    const client = scene.client({ tls, proxy: through() });
    await expect(client.request({ url, ...limits })).rejects.toMatchObject({ reason: 'tls' });
  });

  test.each<[refusal: string, says: RegExp]>([
    ['HTTP/1.1 407 Proxy Authentication Required', /refused CONNECT: 407 Proxy Auth/],
    ['HTTP/1.1 503 No\r\nx: y', /refused CONNECT: 503 No/],
    ['SSH-2.0-OpenSSH', /refused CONNECT: no HTTP/],
  ])('a proxy that answers %j', async (refusal, says) => {
    proxy.refusal = refusal;
    const { url } = await scene.record(made.server);
    const client = scene.client({ tls, proxy: through() });
    const failed = await client.request({ url, ...limits }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ reason: 'connect', message: expect.stringMatching(says) });
    expect(JSON.stringify(failed) + String(failed)).not.toContain('p%');
  });

  test('a proxy that floods on CONNECT ends in bounded memory', async () => {
    const { url } = await scene.record(made.server);
    proxy.refusal = `HTTP/1.1 200 x\r\nx: ${'y'.repeat(100_000)}`;
    const client = scene.client({ tls, proxy: through() });
    await expect(client.request({ url, ...limits })).rejects.toMatchObject({
      reason: 'connect',
      message: 'the proxy answers CONNECT without end',
    });
  });

  test('a proxy that hangs on CONNECT ends with the timeout; close() does not wait for it', async () => {
    proxy.hangs = true;
    const { url } = await scene.record(made.server);
    const client = scene.client({ tls, proxy: through() });
    const ask = () => client.request({ url, ...limits }).catch((error: unknown) => error);
    const late = ask();
    await until(() => proxy.seen.length === 1);
    await clock.advance(limits.timeoutMs);
    expect(await late).toMatchObject({ reason: 'timeout' });
    const closed = ask();
    await until(() => proxy.seen.length === 2);
    await client.close();
    expect(await closed).toMatchObject({ reason: expect.stringMatching(/^(aborted|connect)$/) });
    await until(() => clock.pendingTimers === 0);
  });

  test('a proxy over TLS, for http and https', async () => {
    const secure = await ProxyServer.listen(made.server);
    scene.closeLater(secure);
    const plain = await scene.record();
    const tunnelled = await scene.record(made.server);
    const client = scene.client({ tls, proxy: through({ url: `https://${secure.host}` }) });
    for (const { url } of [plain, tunnelled]) {
      expect((await client.request({ url, ...limits })).body.toString()).toBe('ok');
    }
    expect(secure.seen.map(({ method }) => method)).toEqual(['GET', 'CONNECT']);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
