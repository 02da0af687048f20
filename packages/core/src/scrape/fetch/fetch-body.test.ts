import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Certificates,
  hasOpenssl,
  makeCertificates,
} from '../../http-client/certificates.contract.js';
import { FileTexts } from '../../http-client/file-texts.js';
import { type HttpClientConfig, plainHttpClient } from '../../http-client/http-client-config.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { GiveUp } from '../give-up.js';
import { MemoryAccount } from '../memory-account.js';
import { ScrapeFailure } from '../scrape-failure.js';
import { BodyBuffer } from './body-buffer.js';
import { Deadlines } from './deadlines.js';
import { fetchBody } from './fetch-body.js';
import { HttpClients } from './http-clients.js';

const threadMemoryBytes = 2_000_000;
const withTls = hasOpenssl();
const made: Certificates | undefined = withTls ? makeCertificates() : undefined;

let clock: ManualClock;
let clients: HttpClients;
let deadlines: Deadlines;
let memory: MemoryAccount;
let servers: Server[];
let sockets: Set<Socket>;

beforeEach(() => {
  clock = new ManualClock();
  deadlines = new Deadlines(clock);
  const files = new FileTexts(clock, { run: (task) => task() });
  clients = new HttpClients({ clock, files, userAgent: 'test' });
  memory = new MemoryAccount(threadMemoryBytes);
  servers = [];
  sockets = new Set();
});

afterEach(async () => {
  await clients.close();
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  deadlines.close();
  expect(clock.pendingTimers).toBe(0);
});

type Scheme = 'http' | 'https';
const schemes: Scheme[] = withTls ? ['http', 'https'] : ['http'];

/** A server of raw bytes: `answer` is called with each request and how many came before. */
async function serve(
  scheme: Scheme,
  answer: (socket: Socket, n: number) => unknown,
): Promise<string> {
  let requests = 0;
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!text.endsWith('\r\n\r\n')) return;
      text = '';
      answer(socket, requests++);
    });
  };
  const server =
    scheme === 'http' ? createServer(onSocket) : createTlsServer(made!.server, onSocket);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

function requestOf(url: string, http: Partial<HttpClientConfig> = {}) {
  const tls = made && {
    ca: { text: made.ca },
    cert: undefined,
    key: undefined,
    serverName: undefined,
    insecureSkipVerify: false,
    minVersion: undefined,
    maxVersion: undefined,
  };
  const config = { ...plainHttpClient, tls: url.startsWith('https') ? tls : undefined, ...http };
  const times = { intervalMs: 15_000, timeoutMs: 10_000 };
  return clients.request({ http: config, url, headers: { accept: 'text/plain' }, ...times });
}

/** The body, or why there is none. */
async function fetchOnce(
  request: ReturnType<typeof requestOf>,
  { keptSocket = false, bodySizeLimitBytes = 0 } = {},
): Promise<string | ScrapeFailure> {
  const buffer = new BodyBuffer(memory);
  try {
    await fetchBody({
      request,
      timeoutMs: 10_000,
      clock,
      buffer,
      bodySizeLimitBytes,
      keptSocket,
      deadlines,
      giveUp: new GiveUp(),
    });
    return buffer.bytes.toString('utf8', 0, buffer.length);
  } catch (error) {
    return ScrapeFailure.from(error);
  } finally {
    buffer.free();
    expect(memory.usedBytes).toBe(0);
  }
}

const ok = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n';
const body = 'a 1\nb 2\n';
const gzipped = gzipSync(body);
const answers: Readonly<Record<string, Buffer>> = {
  'a length': Buffer.from(`${ok}content-length: ${body.length}\r\n\r\n${body}`),
  chunks: Buffer.from(
    `${ok}transfer-encoding: chunked\r\n\r\n4\r\na 1\n\r\n4\r\nb 2\n\r\n0\r\n\r\n`,
  ),
  'gzip of a length': Buffer.concat([
    Buffer.from(`${ok}content-encoding: gzip\r\ncontent-length: ${gzipped.length}\r\n\r\n`),
    gzipped,
  ]),
};

describe.each(schemes)('%s', (scheme) => {
  test.each(Object.entries(answers))(
    'an answer with %s that breaks off at any byte is a failure in its place',
    async (_name, answer) => {
      const headBytes = answer.indexOf('\r\n\r\n') + 4;
      const url = await serve(scheme, (socket, n) => {
        const cut = answer.subarray(0, n % answer.length);
        if (n < answer.length) socket.end(cut);
        else socket.write(cut, () => socket.destroy());
      });
      for (let n = 0; n < 2 * answer.length; n++) {
        const request = requestOf(url);
        const failed = await fetchOnce(request);
        const { reason } = failed as ScrapeFailure;
        if (n % answer.length > headBytes) expect(reason).toBe('truncated');
        else expect(['connect', 'truncated']).toContain(reason);
        request.close();
      }
    },
    30_000,
  );

  test('an answer in pieces of any size is the same answer', async () => {
    for (const answer of [answers['a length']!, answers['chunks']!]) {
      for (const size of [1, 2, 3, 7, 50]) {
        const url = await serve(scheme, async (socket) => {
          for (let at = 0; at < answer.length; at += size) {
            await new Promise((resolve) => socket.write(answer.subarray(at, at + size), resolve));
          }
        });
        const request = requestOf(url);
        expect(await fetchOnce(request)).toBe(body);
        request.close();
      }
    }
  });

  test.each<[name: string, answer: (socket: Socket) => void, reason: string]>([
    ['begins no HTTP', (socket) => socket.write('SSH-2.0-OpenSSH\r\n\r\n'), 'malformed'],
    ['floods headers', (socket) => pour(socket, ok, 'x-flood: 1\r\n'), 'malformed'],
    ['has one endless header', (socket) => pour(socket, `${ok}x: `, 'yyyyyyyyyyyy'), 'malformed'],
    [
      'has an endless body',
      (socket) => pour(socket, `${ok}transfer-encoding: chunked\r\n\r\n`, '4\r\na 1\n\r\n'),
      'memory',
    ],
    [
      'breaks its chunks',
      (socket) => socket.write(`${ok}transfer-encoding: chunked\r\n\r\n4\r\na 1\n\r\nzz\r\n`),
      'malformed',
    ],
  ])('a server that %s gives its reason in bounded memory', async (_name, answer, reason) => {
    const url = await serve(scheme, answer);
    expect(await fetchOnce(requestOf(url))).toMatchObject({ reason });
  });

  test('interim answers without end are ended, by the timeout if need be', async () => {
    let flooding: () => void = () => {};
    const flood = new Promise<void>((resolve) => {
      flooding = resolve;
    });
    const url = await serve(scheme, (socket) => {
      pour(socket, '', 'HTTP/1.1 103 Early Hints\r\n\r\n');
      flooding();
    });
    const failed = fetchOnce(requestOf(url));
    await flood;
    await clock.advance(10_000);
    expect(await failed).toMatchObject({ reason: expect.stringMatching(/^(malformed|timeout)$/) });
  });

  test('a body of many small chunks is no flood of framing', async () => {
    const lines = 20_000;
    const url = await serve(scheme, (socket) => {
      const chunks = '4\r\na 1\n\r\n'.repeat(lines);
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
    });
    expect(await fetchOnce(requestOf(url))).toHaveLength(4 * lines);
  });

  test('an endless body ends at body_size_limit', async () => {
    const url = await serve(scheme, (socket) =>
      pour(socket, `${ok}transfer-encoding: chunked\r\n\r\n`, '4\r\na 1\n\r\n'),
    );
    const failed = await fetchOnce(requestOf(url), { bodySizeLimitBytes: 10_000 });
    expect(failed).toMatchObject({
      reason: 'body_size',
      message: expect.stringMatching(/^body size limit exceeded/),
    });
  });

  test.each<[name: string, answer: (socket: Socket) => void]>([
    ['takes the request and says nothing', () => {}],
    ['stops in its headers', (socket) => socket.write(ok)],
    ['stops in its body', (socket) => socket.write(`${ok}content-length: 9\r\n\r\na 1`)],
  ])('a server that %s ends with the timeout', async (_name, answer) => {
    const seen = new Promise<void>((resolve) => {
      void serve(scheme, (socket) => {
        answer(socket);
        resolve();
      }).then((url) => {
        void fetchOnce(requestOf(url)).then((result) => ended(result as ScrapeFailure));
      });
    });
    let ended: (failure: ScrapeFailure) => void = () => {};
    const failure = new Promise<ScrapeFailure>((resolve) => {
      ended = resolve;
    });
    await seen;
    await clock.advance(9_999);
    await clock.advance(1);
    expect(await failure).toMatchObject({
      reason: 'timeout',
      message: 'no complete answer within 10000 ms',
    });
  });

  test.each<[stage: string, second: (socket: Socket) => void, requests: number, result: string]>([
    ['before the request', () => {}, 2, body],
    ['after the request, by a FIN', (socket) => socket.end(), 3, body],
    ['after the request, by a RST', reset, 3, body],
  ])('a kept socket that dies %s costs no scrape', async (stage, second, requests, result) => {
    let asked = 0;
    const url = await serve(scheme, (socket, n) => {
      asked++;
      if (n === 1 && stage !== 'before the request') second(socket);
      else socket.write(answers['a length']!);
    });
    const request = requestOf(url);
    expect(await fetchOnce(request)).toBe(body);
    if (stage === 'before the request') {
      for (const socket of sockets) socket.destroy();
      await until(() => sockets.size === 0);
    }
    expect(await fetchOnce(request, { keptSocket: true })).toBe(result);
    expect(asked).toBe(requests);
  });

  test('a socket that dies twice fails the scrape; a new one is not tried twice', async () => {
    let asked = 0;
    const url = await serve(scheme, (socket) => {
      asked++;
      socket.end();
    });
    const request = requestOf(url);
    expect(await fetchOnce(request, { keptSocket: true })).toMatchObject({ reason: 'connect' });
    expect(asked).toBe(2);
    expect(await fetchOnce(request)).toMatchObject({ reason: 'connect' });
    expect(asked).toBe(3);
  });

  test('one socket serves all scrapes of a target, one more each target', async () => {
    const url = await serve(scheme, (socket) => socket.write(answers['a length']!));
    const [first, second] = [requestOf(url), requestOf(url)];
    for (let n = 0; n < 5; n++) {
      expect(await Promise.all([fetchOnce(first), fetchOnce(second)])).toEqual([body, body]);
    }
    expect(sockets.size).toBe(2);
    first.close();
    await until(() => sockets.size === 1);
    second.close();
    await until(() => sockets.size === 0);
  });
});

test('targets of one address do not wait for each other', async () => {
  const waiting: Socket[] = [];
  const url = await serve('http', (socket) => waiting.push(socket));
  const all = [requestOf(url), requestOf(url), requestOf(url)].map((one) => fetchOnce(one));
  await until(() => waiting.length === 3);
  for (const socket of waiting) socket.write(answers['a length']!);
  expect(await Promise.all(all)).toEqual([body, body, body]);
});

test('no failure of a scrape says a secret', async () => {
  const secrets: Partial<HttpClientConfig> = {
    basicAuth: { username: { text: 'us3r' }, password: { text: 'pa55word' } },
    headers: { 'X-Key': { values: [], secrets: ['s3cretheader'], files: [] } },
  };
  const urls = [
    await serve('http', (socket) => socket.end()),
    await serve('http', (socket) => socket.end('HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n')),
    await serve('http', (socket) => socket.end('HTTP/1.1 302 F\r\nlocation: file:/x\r\n\r\n')),
    'http://127.0.0.1:1/',
  ];
  for (const url of urls) {
    const failed = await fetchOnce(requestOf(url, secrets));
    expect(failed).toBeInstanceOf(ScrapeFailure);
    const said = `${String(failed)} ${JSON.stringify(failed)} ${String((failed as Error).cause)}`;
    for (const secret of [
      'pa55word',
      's3cretheader',
      Buffer.from('us3r:pa55word').toString('base64'),
    ]) {
      expect(said).not.toContain(secret);
    }
  }
});

test.each<[status: string, words: string]>([
  ['404 Not Found', 'server returned HTTP status 404 Not Found'],
  ['201 Created', 'server returned HTTP status 201 Created'],
  ['304 Not Modified', 'server returned HTTP status 304 Not Modified'],
  ['599 Own Words', 'server returned HTTP status 599'],
])('status %s', async (status, words) => {
  const url = await serve('http', (socket) =>
    socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`),
  );
  expect(await fetchOnce(requestOf(url))).toMatchObject({ reason: 'status', message: words });
});

function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

/** Writes `piece` for as long as the socket takes it. */
function pour(socket: Socket, begin: string, piece: string): void {
  const many = piece.repeat(1_000);
  socket.write(begin);
  const more = (): void => {
    while (!socket.destroyed && socket.write(many));
  };
  socket.on('drain', more);
  more();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
