import type { LookupFunction } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import type { HttpClientConfig } from './http-client-config.js';
import { HttpScene, limits } from './http-scene.contract.js';
import { redirected } from './redirect.js';

const scene = new HttpScene(new ManualClock());
afterEach(() => scene.close());

const secrets: Partial<HttpClientConfig> = {
  headers: {
    'X-Scope-OrgID': { values: ['tenant'], secrets: [], files: [] },
    'X-Api-Key': { values: ['in the open'], secrets: [], files: [] },
    'X-Hidden': { values: [], secrets: ['s3cret'], files: [] },
    Cookie: { values: ['session=1'], secrets: [], files: [] },
  },
};

describe.each<[name: string, config: Partial<HttpClientConfig>]>([
  ['basic_auth', { basicAuth: { username: { text: 'u' }, password: { text: 'p' } } }],
  ['authorization', { authorization: { type: 'Bearer', credentials: { text: 'token' } } }],
])('%s', (_name, credentials) => {
  test('stays behind when a redirect leaves the host, and does not come back with it', async () => {
    const home = { url: '', seen: [] as (string | undefined)[] };
    home.url = await scene.serve((request, response) => {
      home.seen.push(request.headers.authorization);
      if (request.url === '/start') response.writeHead(302, { location: '/same' }).end();
      else if (request.url === '/same') response.writeHead(307, { location: other.url }).end();
      else response.end('back');
    });
    const other = { url: '', headers: {} as Record<string, unknown> };
    other.url = await scene.serve((request, response) => {
      other.headers = request.headers;
      response.writeHead(302, { location: `${home.url}/back` }).end();
    });
    const client = scene.client({ ...secrets, ...credentials });
    const headers = { authorization: 'Own o', 'x-own-token': 'o', accept: 'text/plain' };
    const answer = await client.request({ url: `${home.url}/start`, ...limits });
    expect(answer.body.toString()).toBe('back');
    expect(home.seen).toEqual([expect.any(String), expect.any(String), undefined]);
    await client.request({ url: `${home.url}/start`, headers, ...limits });
    expect(other.headers).toMatchObject({ 'x-scope-orgid': 'tenant', accept: 'text/plain' });
    for (const name of ['authorization', 'x-own-token', 'x-api-key', 'x-hidden', 'cookie']) {
      expect(other.headers).not.toHaveProperty(name);
    }
  });
});

test('ten requests are made, and the next redirect is refused', async () => {
  let requests = 0;
  const url = await scene.serve((_request, response) => {
    requests++;
    response.writeHead(302, { location: '/again' }).end();
  });
  await expect(scene.client({}).request({ url, ...limits })).rejects.toMatchObject({
    reason: 'redirect',
    message: 'stopped after 10 redirects',
  });
  expect(requests).toBe(10);
});

test.each([
  'file:///etc/passwd',
  'ftp://h/',
  'gopher://h/',
  'data:text/plain,a',
  'http://[bad',
  'http://169.254.169.254/latest/meta-data/iam/',
  'http://2852039166/',
  'http://[fe80::1]/',
  'http://[::ffff:169.254.169.254]/',
])('a redirect to %s is refused', async (location) => {
  const url = await scene.serve((_request, response) => {
    response.writeHead(302, { location }).end();
  });
  await expect(scene.client({}).request({ url, ...limits })).rejects.toMatchObject({
    reason: 'redirect',
  });
});

test('a redirect to a name with a link-local address is refused', async () => {
  const url = await scene.serve((_request, response) => {
    response.writeHead(302, { location: 'http://metadata.test:1/' }).end();
  });
  const asked: string[] = [];
  const lookup: LookupFunction = (hostname, _options, callback) => {
    asked.push(hostname);
    const found = hostname === 'metadata.test' ? '::ffff:169.254.169.254' : '127.0.0.1';
    callback(null, [{ address: found, family: found.includes(':') ? 6 : 4 }]);
  };
  await expect(scene.client({}, { lookup }).request({ url, ...limits })).rejects.toMatchObject({
    reason: 'redirect',
    message: expect.stringContaining('agent.allow_link_local_redirects'),
  });
  expect(asked).toEqual(['metadata.test']);
});

test('link-local addresses are followed where that is wanted', () => {
  const step = { url: new URL('http://a.test/'), method: 'GET', redirects: 0, trusted: true };
  const to = 'http://169.254.169.254/';
  expect(redirected(step, 302, to, true)).toMatchObject({ url: new URL(to), trusted: false });
  expect(() => redirected(step, 302, to, false)).toThrow('link-local');
});

test.each<[from: string, to: string, trusted: boolean]>([
  ['http://a.test/', 'http://a.test/b', true],
  ['http://a.test/', 'https://a.test/', true],
  ['https://a.test/', 'http://a.test/', false],
  ['http://a.test/', 'http://a.test:8080/', false],
  ['http://a.test/', 'http://b.a.test/', false],
])('credentials go from %s to %s: %s', (from, to, trusted) => {
  const step = { url: new URL(from), method: 'GET', redirects: 0, trusted: true };
  expect(redirected(step, 302, to, false)?.trusted).toBe(trusted);
});

test('a target that is link-local itself may redirect to itself', () => {
  const url = new URL('http://169.254.1.1:9100/');
  const step = { url, method: 'GET', redirects: 0, trusted: true };
  expect(redirected(step, 302, '/metrics', false)?.url.href).toBe(
    'http://169.254.1.1:9100/metrics',
  );
});

test.each<[status: number, method: string, body: string]>([
  [301, 'GET', ''],
  [302, 'GET', ''],
  [303, 'GET', ''],
  [307, 'POST', 'samples'],
  [308, 'POST', 'samples'],
])('a POST after %i becomes %s %j', async (status, method, body) => {
  const seen: string[] = [];
  const url = await scene.serve((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      seen.push(`${request.method} ${text}`);
      if (request.url === '/') response.writeHead(status, { location: '/to' }).end();
      else response.end();
    });
  });
  const sent = { method: 'POST' as const, body: Buffer.from('samples') };
  await scene.client({}).request({ url, ...sent, ...limits });
  expect(seen).toEqual(['POST samples', `${method} ${body}`]);
});

test.each<[name: string, config: Partial<HttpClientConfig>, headers: Record<string, string>]>([
  ['follow_redirects is off', { followRedirects: false }, { location: '/to' }],
  ['there is no Location', {}, {}],
])('a redirect answer stands where %s', async (_name, config, headers) => {
  const url = await scene.serve((_request, response) => {
    response.writeHead(302, headers).end();
  });
  expect((await scene.client(config).request({ url, ...limits })).status).toBe(302);
});
