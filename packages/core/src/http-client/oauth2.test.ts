import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import type { OAuth2Config } from './http-client-config.js';
import { HttpScene, limits } from './http-scene.contract.js';

interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly form: string;
}

let clock: ManualClock;
let scene: HttpScene;
let folder: string;

beforeEach(() => {
  clock = new ManualClock();
  scene = new HttpScene(clock);
  folder = mkdtempSync(join(tmpdir(), 'oauth2-'));
});
afterEach(async () => {
  await scene.close();
  rmSync(folder, { recursive: true });
});

/** A token server; `answer` gets the number of requests before. */
async function tokenServer(answer: (response: ServerResponse, n: number, asked: Asked) => void) {
  const asked: Asked[] = [];
  const url = await scene.serve((request, response) => {
    let form = '';
    request.on('data', (chunk) => {
      form += chunk;
    });
    request.on('end', () => {
      const one = { headers: request.headers, form };
      asked.push(one);
      answer(response, asked.length - 1, one);
    });
  });
  return { url, asked };
}

const grant = (response: ServerResponse, fields: object) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(fields));

const config = (tokenUrl: string, patch: Partial<OAuth2Config> = {}): OAuth2Config => ({
  clientId: 'the id',
  clientSecret: { text: 's3cr+et!' },
  tokenUrl,
  scopes: [],
  endpointParams: {},
  tls: undefined,
  proxy: undefined,
  ...patch,
});

test('one token serves all requests at once, until ten seconds before it ends', async () => {
  const server = await tokenServer((response, n) =>
    grant(response, { access_token: `t${n}`, token_type: 'bearer', expires_in: 60 }),
  );
  const { url, seen } = await scene.record();
  const client = scene.client({ oauth2: config(server.url) });
  const ask = () => client.request({ url, ...limits });
  await Promise.all([ask(), ask(), ask()]);
  await clock.advance(49_999);
  await ask();
  expect(server.asked).toHaveLength(1);
  await clock.advance(1);
  await Promise.all([ask(), ask()]);
  expect(server.asked).toHaveLength(2);
  expect(seen.map(({ headers }) => headers.authorization)).toEqual([
    ...Array(4).fill('Bearer t0'),
    ...Array(2).fill('Bearer t1'),
  ]);
});

test('what the token server is asked', async () => {
  const server = await tokenServer((response) => grant(response, { access_token: 't' }));
  const { url } = await scene.record();
  const scopes = ['read', 'a b'];
  const oauth2 = config(server.url, { scopes, endpointParams: { audience: 'x/y', resource: 'r' } });
  await scene.client({ oauth2 }).request({ url, ...limits });
  const [{ headers, form }] = server.asked as [Asked];
  expect(form).toBe('audience=x%2Fy&grant_type=client_credentials&resource=r&scope=read+a+b');
  expect(headers).toMatchObject({
    'content-type': 'application/x-www-form-urlencoded',
    'user-agent': 'test/1',
    authorization: `Basic ${Buffer.from('the+id:s3cr%2Bet%21').toString('base64')}`,
  });
});

test('a server that wants the secret in the form gets it there, from then on at once', async () => {
  const server = await tokenServer((response, _n, { form }) => {
    if (form.includes('client_secret=')) grant(response, { access_token: 't', expires_in: 11 });
    else response.writeHead(401).end('no');
  });
  const { url } = await scene.record();
  const client = scene.client({ oauth2: config(server.url) });
  await client.request({ url, ...limits });
  await clock.advance(1_000);
  await client.request({ url, ...limits });
  expect(server.asked.map(({ form }) => form.includes('client_secret=s3cr%2Bet%21'))).toEqual([
    false,
    true,
    true,
  ]);
});

const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

test.each<[name: string, headers: Record<string, string>, body: string, authorization: string]>([
  ['JSON', json, '{"access_token":"t","token_type":"bearer"}', 'Bearer t'],
  ['JSON of no type', {}, '{"access_token":"t"}', 'Bearer t'],
  ['another token type', json, '{"access_token":"t","token_type":"Custom"}', 'Custom t'],
  ['a lifetime as text', json, '{"access_token":"t","expires_in":"3600"}', 'Bearer t'],
  ['null for no lifetime', json, '{"access_token":"t","expires_in":null}', 'Bearer t'],
  ['a form', form, 'access_token=t&token_type=bearer&expires_in=9', 'Bearer t'],
  [
    'a form called text',
    { 'content-type': 'text/plain; charset=utf-8' },
    'access_token=t',
    'Bearer t',
  ],
])('a token comes as %s', async (_name, headers, body, authorization) => {
  const server = await tokenServer((response) => response.writeHead(200, headers).end(body));
  const { url, seen } = await scene.record();
  await scene.client({ oauth2: config(server.url) }).request({ url, ...limits });
  expect(seen[0]!.headers.authorization).toBe(authorization);
});

test.each<[name: string, status: number, body: string, says: string | RegExp]>([
  ['no JSON', 200, 'hello', 'oauth2: cannot parse json'],
  ['no token', 200, '{}', 'oauth2: server response missing access_token'],
  ['an error with 200', 200, '{"error":"invalid_client"}', 'oauth2: "invalid_client"'],
  [
    'an error with its description',
    400,
    '{"error":"invalid_scope","error_description":"no such"}',
    'oauth2: "invalid_scope" "no such"',
  ],
  ['401', 401, 'go away', 'oauth2: cannot fetch token: 401 Unauthorized\nResponse: go away'],
  [
    'the secret',
    500,
    'you sent s3cr+et! (s3cr%2Bet!)',
    /Response: you sent <secret> \(<secret>\)$/,
  ],
  ['without end', 200, 'x'.repeat(1_100_000), 'the answer is larger than 1048576 bytes'],
])('a token server that answers %s', async (_name, status, body, says) => {
  const server = await tokenServer((response) => response.writeHead(status, json).end(body));
  const { url, seen } = await scene.record();
  const client = scene.client({ oauth2: config(server.url) });
  const failed = await client.request({ url, ...limits }).catch((error: unknown) => error);
  expect(failed).toMatchObject({
    reason: 'credentials',
    message: typeof says === 'string' ? says : expect.stringMatching(says),
  });
  expect(seen).toEqual([]);
});

test('a refusal is shared for a second, then the server is asked again', async () => {
  const server = await tokenServer((response, n) => {
    if (n < 2) response.writeHead(503).end();
    else grant(response, { access_token: 't' });
  });
  const { url } = await scene.record();
  const client = scene.client({ oauth2: config(server.url) });
  const ask = () =>
    client.request({ url, ...limits }).then(
      ({ status }) => status,
      () => 'failed',
    );
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(['failed', 'failed', 'failed']);
  expect(await ask()).toBe('failed');
  expect(server.asked).toHaveLength(2);
  await clock.advance(1_000);
  expect(await ask()).toBe(200);
});

test('a token server that hangs costs a request its own time alone', async () => {
  const server = await tokenServer(() => {});
  const { url } = await scene.record();
  const client = scene.client({ oauth2: config(server.url) });
  const failed = client.request({ url, ...limits, timeoutMs: 3_000 });
  const caught = failed.catch((error: unknown) => error);
  while (server.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(3_000);
  expect(await caught).toMatchObject({ reason: 'timeout' });
});

test('a new client secret asks for a new token', async () => {
  const file = join(folder, 'secret');
  writeFileSync(file, 'first\n');
  const server = await tokenServer((response, n) => grant(response, { access_token: `t${n}` }));
  const { url, seen } = await scene.record();
  const client = scene.client({ oauth2: config(server.url, { clientSecret: { file } }) });
  await client.request({ url, ...limits });
  writeFileSync(file, 'second\n');
  await clock.advance(2_000);
  await client.request({ url, ...limits });
  expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer t0', 'Bearer t1']);
  const secretOf = ({ headers }: Asked) =>
    Buffer.from(headers.authorization!.slice(6), 'base64').toString();
  expect(server.asked.map(secretOf)).toEqual(['the+id:first', 'the+id:second']);
});

test('a token replaces an Authorization header of the request’s own', async () => {
  const server = await tokenServer((response) => grant(response, { access_token: 't' }));
  const { url, seen } = await scene.record();
  const headers = { authorization: 'Own' };
  await scene.client({ oauth2: config(server.url) }).request({ url, headers, ...limits });
  expect(seen[0]!.headers.authorization).toBe('Bearer t');
});
