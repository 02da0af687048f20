import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Certificates,
  hasOpenssl,
  makeCertificates,
} from '../../../http-client/certificates.contract.js';
import { FileTexts } from '../../../http-client/file-texts.js';
import { type HttpClientConfig, plainHttpClient } from '../../../http-client/http-client-config.js';
import { HttpScene } from '../../../http-client/http-scene.contract.js';
import { ProxyServer } from '../../../http-client/proxy-server.contract.js';
import { ManualClock } from '../../../testing/manual-clock.js';
import type { RemoteWriteOptions } from '../remote-write-options.js';
import { Endpoint } from './endpoint.js';

let clock: ManualClock;
let scene: HttpScene;
let folder: string;

beforeEach(() => {
  clock = new ManualClock();
  scene = new HttpScene(clock);
  folder = mkdtempSync(join(tmpdir(), 'endpoint-'));
});
afterEach(async () => {
  await scene.close();
  rmSync(folder, { recursive: true });
  expect(clock.pendingTimers).toBe(0);
});

function endpointTo(
  url: string,
  http: Partial<HttpClientConfig> = {},
  headers: RemoteWriteOptions['headers'] = {},
): Endpoint {
  const queue = {
    capacity: 100,
    maxShards: 1,
    maxSamplesPerSend: 10,
    batchSendDeadlineMs: 5_000,
    minBackoffMs: 30,
    maxBackoffMs: 100,
    retryOnHttp429: true,
  };
  const options = { name: 'out', url, remoteTimeoutMs: 30_000, headers, queue };
  const files = new FileTexts(clock, { run: (task) => task() });
  const endpoint = new Endpoint(
    { ...options, http: { ...plainHttpClient, ...http } },
    { clock, files, userAgent: 'test/1' },
  );
  scene.closeLater(endpoint);
  return endpoint;
}

const body = Buffer.from('samples');

/** A receiver that keeps what it got, and answers as `answer` says. */
async function receiver(
  answer: (path: string) => [status: number, location?: string | undefined, body?: string],
) {
  const got: { method: string; path: string; headers: Record<string, unknown>; body: string }[] =
    [];
  const url = await scene.serve((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      got.push({ method, path, headers, body: text });
      const [status, location, said] = answer(path);
      response.writeHead(status, location === undefined ? {} : { location }).end(said);
    });
  });
  return { url, got };
}

test.each([307, 308])('after a %i the samples are posted again, there', async (status) => {
  const { url, got } = await receiver((path) => (path === '/b' ? [204] : [status, '/b']));
  expect(await endpointTo(`${url}/a`).post(0, body, 0)).toMatchObject({ status: 204 });
  expect(got).toMatchObject([
    { method: 'POST', path: '/a', body: 'samples' },
    { method: 'POST', path: '/b', body: 'samples' },
  ]);
});

test.each([301, 302, 303])('a %i is a refusal: no GET passes for delivery', async (status) => {
  const { url, got } = await receiver((path) => (path === '/b' ? [200] : [status, '/b']));
  expect(await endpointTo(`${url}/a`).post(0, body, 0)).toMatchObject({ status });
  expect(got.map(({ path }) => path)).toEqual(['/a']);
});

test('a redirect loop is a failure of the network, to be tried again', async () => {
  const { url, got } = await receiver(() => [307, '/']);
  expect(await endpointTo(url).post(0, body, 0)).toMatchObject({
    status: 0,
    words: 'stopped after 10 redirects',
  });
  expect(got).toHaveLength(10);
});

test('credentials do not follow the samples to another host', async () => {
  const other = await receiver(() => [204]);
  const home = await receiver(() => [307, other.url]);
  const basicAuth = { username: { text: 'u' }, password: { text: 'p' } };
  const headers = { 'X-Api-Key': 'k', 'X-Scope-OrgID': 'o' };
  await endpointTo(home.url, { basicAuth }, headers).post(0, body, 3);
  expect(home.got[0]!.headers).toMatchObject({ 'x-api-key': 'k', 'retry-attempt': '3' });
  expect(other.got[0]).toMatchObject({
    body: 'samples',
    headers: { 'x-scope-orgid': 'o', 'content-encoding': 'snappy', 'retry-attempt': '3' },
  });
  expect(other.got[0]!.headers).not.toHaveProperty('authorization');
  expect(other.got[0]!.headers).not.toHaveProperty('x-api-key');
});

test('a secret from a file is used, renewed, and masked where the receiver echoes it', async () => {
  const file = join(folder, 'password');
  writeFileSync(file, 'first-secret\n');
  const { url, got } = await receiver(() => {
    const authorization = String(got.at(-1)!.headers['authorization']);
    const password = Buffer.from(authorization.slice(6), 'base64').toString().slice(2);
    return [401, undefined, `no to ${authorization}, to ${password} and to h1dden`];
  });
  const endpoint = endpointTo(url, {
    basicAuth: { username: { text: 'u' }, password: { file } },
    headers: { 'X-Plain-Name': { values: [], secrets: ['h1dden'], files: [] } },
  });
  const words = /^no to (Basic )?<secret>, to <secret> and to <secret>$/;
  expect((await endpoint.post(0, body, 0)).words).toMatch(words);
  writeFileSync(file, 'second-secret\n');
  await clock.advance(2_000);
  expect((await endpoint.post(0, body, 0)).words).toMatch(words);
  const sent = got.map(({ headers }) =>
    Buffer.from(String(headers['authorization']).slice(6), 'base64').toString(),
  );
  expect(sent).toEqual(['u:first-secret', 'u:second-secret']);
});

test('a secret that cannot be read is no answer: the batch waits', async () => {
  const { url, got } = await receiver(() => [204]);
  const file = join(folder, 'none');
  const authorization = { type: 'Bearer', credentials: { file } };
  const result = await endpointTo(url, { authorization }).post(0, body, 0);
  expect(result).toMatchObject({
    status: 0,
    words: expect.stringContaining(`unable to read file ${file}: ENOENT`),
  });
  expect(got).toEqual([]);
});

test('custom headers, http_headers and credentials in Prometheus’ order', async () => {
  const { url, got } = await receiver(() => [204]);
  const http: Partial<HttpClientConfig> = {
    basicAuth: { username: { text: 'u' }, password: { text: 'p' } },
    headers: { 'X-A': { values: ['of http_headers'], secrets: [], files: [] } },
  };
  await endpointTo(url, http, { 'X-A': 'of headers', Authorization: 'Own' }).post(0, body, 0);
  expect(got[0]!.headers).toMatchObject({
    'x-a': 'of headers, of http_headers',
    authorization: 'Own',
  });
});

test('through a proxy', async () => {
  const proxy = await ProxyServer.listen();
  scene.closeLater(proxy);
  const { url, got } = await receiver(() => [204]);
  const config = {
    url: `http://${proxy.host}`,
    noProxy: '',
    fromEnvironment: false,
    connectHeaders: {},
  };
  expect(await endpointTo(url, { proxy: config }).post(0, body, 0)).toMatchObject({ status: 204 });
  expect(proxy.seen).toMatchObject([{ method: 'POST', target: `${url}/` }]);
  expect(got[0]!.body).toBe('samples');
});

test.skipIf(!hasOpenssl())('over TLS with a client certificate (needs openssl)', async () => {
  const made: Certificates = makeCertificates();
  const url = await scene.serve(
    (request, response) => request.resume().on('end', () => response.writeHead(204).end()),
    {
      ...made.server,
      ca: made.ca,
      requestCert: true,
      rejectUnauthorized: true,
    },
  );
  const tls = {
    ca: { text: made.ca },
    cert: { text: made.client.cert },
    key: { text: made.client.key },
    serverName: undefined,
    insecureSkipVerify: false,
    minVersion: undefined,
    maxVersion: undefined,
  };
  expect(await endpointTo(url, { tls }).post(0, body, 0)).toMatchObject({ status: 204 });
  const failed = await endpointTo(url, { tls: { ...tls, ca: undefined } }).post(0, body, 0);
  expect(failed).toMatchObject({ status: 0, words: expect.stringMatching(/certificate/) });
});
