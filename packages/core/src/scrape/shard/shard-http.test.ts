import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import type { ScrapeFailureReason } from '../../targets/target-status.js';
import { cleanUp, serve, start, textType } from './shard-harness.contract.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shard-http-'));
});
afterEach(async () => {
  await cleanUp();
  rmSync(folder, { recursive: true });
});

const bearerOf = (file: string): Partial<ScrapeJob> => ({
  http: { ...plainHttpClient, authorization: { type: 'Bearer', credentials: { file } } },
});

test.each<[name: string, location: string, reason: ScrapeFailureReason, says: RegExp]>([
  ['in circles', '/metrics', 'redirect', /^stopped after 10 redirects$/],
  ['to a file', 'file:///etc/passwd', 'redirect', /only http is followed/],
  ['to a link-local address', 'http://169.254.169.254/', 'redirect', /allow_link_local_redirects/],
  ['where nothing is', 'http://127.0.0.1:1/', 'connect', /ECONNREFUSED/],
])('a target that redirects %s is down, with its reason', async (_name, location, reason, says) => {
  const { shard, plan, tick, loop } = start();
  const url = await serve((_request, response) => response.writeHead(302, { location }).end());
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  expect((await tick()).samples['up']).toBe(0);
  expect(loop().status).toMatchObject({
    health: 'down',
    lastReason: reason,
    lastError: expect.stringMatching(says),
  });
});

test.each([
  ['http://a%20b/metrics', /^http:\/\/a%20b\/metrics is no valid URL$/],
  ['http://a:99999/metrics', /is no valid URL/],
  ['http://a:1:2/metrics', /is no valid URL/],
  ['//a/metrics', /is no valid URL/],
  ['ftp://a/metrics', /unsupported protocol scheme ftp/],
])('the thread of a target at %s lives on, and the target is down', async (url, says) => {
  const { shard, plan, tick, loop } = start();
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  for (let n = 0; n < 2; n++) {
    expect((await tick()).samples['up']).toBe(0);
    const lastError = expect.stringMatching(says);
    expect(loop().status).toMatchObject({ health: 'down', lastReason: 'malformed', lastError });
  }
});

test('a target that is a port alone is on this host', async () => {
  const { shard, plan, tick } = start();
  const url = await serve((_request, response) => response.writeHead(200, textType).end('a 1\n'));
  shard.handle({ type: 'targets', add: [plan(url.replace('127.0.0.1', ''))], remove: [] });
  expect((await tick()).samples).toMatchObject({ up: 1, a: 1 });
});

test('a redirect within http is followed at each scrape', async () => {
  const { shard, plan, tick } = start();
  const to = await serve((_request, response) => response.writeHead(200, textType).end('a 1\n'));
  const from = await serve((_request, response) => response.writeHead(307, { location: to }).end());
  shard.handle({ type: 'targets', add: [plan(from)], remove: [] });
  for (let n = 0; n < 3; n++) expect((await tick()).samples).toMatchObject({ up: 1, a: 1 });
});

test('a target whose secret cannot be read is down, says which file, and comes back', async () => {
  const file = join(folder, 'token');
  const { shard, plan, tick, loop } = start(bearerOf(file));
  const url = await serve((request, response) => {
    const isKnown = request.headers.authorization === 'Bearer right';
    response.writeHead(isKnown ? 200 : 401, textType).end(isKnown ? 'a 1\n' : '');
  });
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  expect((await tick()).samples['up']).toBe(0);
  expect(loop().status).toMatchObject({
    lastReason: 'credentials',
    lastError: expect.stringContaining(file),
  });
  writeFileSync(file, 'wrong');
  for (let n = 0; n < 2; n++) await tick();
  expect(loop().status.lastError).toBe('server returned HTTP status 401 Unauthorized');
  writeFileSync(file, 'right');
  for (let n = 0; n < 2; n++) await tick();
  expect(loop().status.health).toBe('up');
});

test('failed scrapes are lines of scrape_failure_log_file; bodies that cannot be used are not', async () => {
  const scrapeFailureLogFile = join(folder, 'failures.log');
  const { shard, plan, tick } = start({ scrapeFailureLogFile });
  const answers: [status: number, body: string][] = [
    [500, ''],
    [200, 'a 1\n'],
    [200, 'a{ 1\n'],
    [404, ''],
  ];
  const url = await serve((_request, response) => {
    const [status, body] = answers.shift()!;
    response.writeHead(status, textType).end(body);
  });
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  for (let n = 0; n < 4; n++) await tick();
  await shard.close(1_000);
  const lines = readFileSync(scrapeFailureLogFile, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'server returned HTTP status 500 Internal Server Error', job_name: 'j', target: url },
    { msg: 'server returned HTTP status 404 Not Found', job_name: 'j', target: url },
  ]);
});
