import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  hasOpenssl,
  makeCertificates,
} from '../../../packages/core/src/http-client/certificates.contract.js';
import { onPath } from '../../servers/on-path.js';
import { requireServer } from '../../servers/require-server.js';
import { fastifyServer, type MatrixServer } from '../matrix/servers.js';
import { driven, servers } from './drive.js';

/** What a page does; it runs in the browser. */
async function asPage(): Promise<void> {
  const ask = async (path: string, init?: RequestInit) => (await fetch(path, init)).text();
  await Promise.all([ask('/users/1'), ask('/users/2'), ask('/stream'), ask('/wp-admin')]);
  await ask('/echo', { method: 'POST', body: 'x'.repeat(1000) });
  await ask('/users/9', { method: 'HEAD' });
  const events = new EventSource('/endless');
  await new Promise((resolve) => events.addEventListener('open', resolve));
  events.close();
  const socket = new WebSocket('/socket');
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  socket.close();
}

async function drive(browser: Browser, url: string, server: MatrixServer): Promise<void> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page: Page = await context.newPage();
  await page.goto(`${url}/users/7`);
  await page.evaluate(asPage);
  // Whoever leaves the page gives up what it waits for.
  const entered = server.entered();
  await page.evaluate(() => void fetch('/slow').catch(() => {}));
  await entered;
  await page.goto(`${url}/orgs/7/members/8`);
  await context.close();
}

/** A browser asks for an icon when it likes. */
const icon = 'GET /favicon.ico';

const counts = (icons: number) => [
  `GET - 404 ${1 + icons}`,
  'GET /endless 499 1',
  'GET /orgs/:org/members/:id 200 1',
  'GET /slow 499 1',
  'GET /socket 101 1',
  'GET /stream 200 1',
  'GET /users/:id 200 3',
  'HEAD /users/:id 200 1',
  'POST /echo 200 1',
];

async function expectCounts(
  browser: Browser,
  start: () => Promise<MatrixServer>,
  scheme?: string,
): Promise<void> {
  let seen: readonly string[] = [];
  const found = await driven(
    start,
    async (url, server) => {
      await drive(browser, url, server);
      seen = server.seen;
    },
    scheme,
  );
  expect(found).toEqual(counts(seen.filter((request) => request === icon).length));
}

describe.skipIf(requireServer('chromium'))('what a browser has sent, or given up', () => {
  let browser: Browser;
  beforeAll(async () => {
    const executablePath = onPath('chromium') ?? '';
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  it.each(servers)('is counted by %s', async (_, start) => {
    await expectCounts(browser, start);
  });

  it.skipIf(!hasOpenssl())('is counted by Fastify 5 over HTTP/2 and TLS', async () => {
    const tls = makeCertificates().server;
    const start = () => fastifyServer({ http2: true, tls });
    await expectCounts(browser, start, 'https');
  });
});
