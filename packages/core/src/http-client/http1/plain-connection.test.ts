import { once } from 'node:events';
import {
  type AddressInfo,
  createServer,
  type LookupFunction,
  type Server,
  type Socket,
} from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.js';
import { HttpFailure } from '../http-failure.js';
import { Deadlines } from './deadlines.js';
import { PlainConnection, readBufferBytes } from './plain-connection.js';
import { requestText } from './request-text.js';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const ok = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

/** A server that answers each request by `answer(socket, its number, requests before on the socket)`. */
async function serve(answer: (socket: Socket, request: number, onSocket: number) => void) {
  let requests = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    let onSocket = 0;
    socket.on('error', () => {});
    socket.on('data', () => answer(socket, requests++, onSocket++));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => stop(server, sockets));
  const { port } = server.address() as AddressInfo;
  return { server, sockets, port, requests: () => requests };
}

/** Unlike `once`, no matter with which error. */
function closed(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function stop(server: Server, sockets: readonly Socket[]): void {
  server.close();
  for (const socket of sockets) socket.destroy();
}

const noLookup: LookupFunction = (_name, _options, callback) =>
  callback(new Error('no names here'), '', 0);

function connectTo(port: number, hostname = '127.0.0.1') {
  const clock = new ManualClock(0);
  const deadlines = new Deadlines(clock);
  const connection = new PlainConnection({
    hostname,
    port,
    lookup: noLookup,
    readBuffer: Buffer.alloc(readBufferBytes),
    deadlines,
  });
  closing.push(() => {
    connection.close();
    deadlines.close();
  });
  const get = async (limitBytes = 0) => {
    const pieces: Buffer[] = [];
    const sink = {
      length: 0,
      append: (bytes: Uint8Array) => {
        sink.length += bytes.length;
        return pieces.push(Buffer.from(bytes)) > 0;
      },
    };
    const text = requestText('GET', new URL(`http://127.0.0.1:${port}/metrics?a=b`), {
      accept: '*/*',
    });
    const deadlineMs = clock.monotonicMs() + 1000;
    const head = await connection.send({
      wanted: 'body',
      text,
      sink,
      limitBytes,
      deadlineMs,
      timeoutMs: 1000,
    });
    return { status: head.status, body: Buffer.concat(pieces).toString() };
  };
  return { clock, connection, get };
}

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no failure',
    (error: unknown) => (error instanceof HttpFailure ? error.reason : `not a failure: ${error}`),
  );

it('asks again and again on one socket', async () => {
  const { port, sockets } = await serve((socket, request) => socket.write(ok(`a ${request}\n`)));
  const { get } = connectTo(port);
  for (let i = 0; i < 5; i++) expect(await get()).toEqual({ status: 200, body: `a ${i}\n` });
  expect(sockets).toHaveLength(1);
});

it('sends what a server expects of a GET', async () => {
  const asked: string[] = [];
  const { port, sockets } = await serve((socket) => socket.write(ok('')));
  const { get } = connectTo(port);
  const first = get();
  while (sockets.length === 0) await new Promise(setImmediate);
  sockets[0]!.on('data', (bytes: Buffer) => asked.push(bytes.toString()));
  await first;
  expect(asked.join('')).toBe(
    `GET /metrics?a=b HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: */*\r\n\r\n`,
  );
});

it('reads bodies larger than its buffer', async () => {
  const body = 'x'.repeat(1_000_000);
  const { port } = await serve((socket) => socket.write(ok(body)));
  const { get } = connectTo(port);
  expect((await get()).body).toBe(body);
  expect((await get()).body).toBe(body);
});

it.each([
  ['closes it in peace', (socket: Socket) => socket.end()],
  ['resets it', (socket: Socket) => socket.resetAndDestroy()],
])(
  'asks once more on a new socket when the server, asked on a kept one, %s',
  async (_name, end) => {
    const { port, sockets, requests } = await serve((socket, _request, onSocket) => {
      if (onSocket === 0) socket.write(ok('a'));
      else end(socket);
    });
    const { get } = connectTo(port);
    await get();
    expect((await get()).body).toBe('a');
    expect([sockets.length, requests()]).toEqual([2, 3]);
  },
);

it('does not ask twice on a new socket, nor after the first byte of an answer', async () => {
  const silent = await serve((socket) => socket.end());
  expect(await reasonOf(connectTo(silent.port).get())).toBe('connect');
  expect(silent.requests()).toBe(1);

  const half = await serve((socket, request) => {
    if (request === 0) socket.write(ok('a'));
    else socket.end('H');
  });
  const { get } = connectTo(half.port);
  await get();
  expect(await reasonOf(get())).toBe('truncated');
  expect(half.requests()).toBe(2);
});

it('makes a new socket when the kept one was closed between two requests', async () => {
  const { port, sockets, requests } = await serve((socket) => socket.write(ok('a')));
  const { get } = connectTo(port);
  await get();
  sockets[0]!.end();
  await closed(sockets[0]!);
  expect((await get()).body).toBe('a');
  expect([sockets.length, requests()]).toEqual([2, 2]);
});

it('gives up a socket that brings what nobody asked for', async () => {
  const { port, sockets } = await serve((socket) => socket.write(ok('a')));
  const { get } = connectTo(port);
  await get();
  sockets[0]!.write(ok('a lie'));
  await closed(sockets[0]!);
  expect((await get()).body).toBe('a');
  expect(sockets).toHaveLength(2);
});

it('gives up a socket with more than the answer on it', async () => {
  const { port, sockets } = await serve((socket) => socket.write(`${ok('a')}${ok('a lie')}`));
  const { get } = connectTo(port);
  await get();
  expect((await get()).body).toBe('a');
  expect(sockets).toHaveLength(2);
});

it('ends at its deadline whatever the server does until then', async () => {
  const wholes = ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab'];
  for (const sent of wholes) {
    const { port, sockets } = await serve((socket) => sent !== '' && socket.write(sent));
    const { clock, get } = connectTo(port);
    const reason = reasonOf(get());
    while (sockets.length === 0) await new Promise(setImmediate);
    await clock.advance(1001);
    expect(await reason).toBe('timeout');
    await closed(sockets[0]!);
  }
});

it('fails at once where nobody listens, and for a name without address', async () => {
  const { server, port } = await serve(() => {});
  server.close();
  expect(await reasonOf(connectTo(port).get())).toBe('connect');
  expect(await reasonOf(connectTo(port, 'nowhere.invalid').get())).toBe('connect');
});

it('is given up with its socket', async () => {
  const { port, sockets } = await serve(() => {});
  const { connection, get } = connectTo(port);
  const reason = reasonOf(get());
  while (sockets.length === 0) await new Promise(setImmediate);
  connection.close();
  expect(await reason).toBe('aborted');
  await closed(sockets[0]!);
});

it('refuses what is no HTTP, and too much of it', async () => {
  const other = await serve((socket) => socket.write('220 smtp ready\r\n\r\n'));
  expect(await reasonOf(connectTo(other.port).get())).toBe('malformed');
  const endless = await serve((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const more = () => {
      while (!socket.destroyed && socket.write('a'.repeat(65_536)));
    };
    socket.on('drain', more);
    more();
  });
  expect(await reasonOf(connectTo(endless.port).get(1_000_000))).toBe('body_size');
});

it('refuses to send a header that would end the line', () => {
  const url = new URL('http://h/');
  for (const value of ['a\r\nx: y', 'a\n', '\u0000', '☃']) {
    expect(() => requestText('GET', url, { 'x-a': value })).toThrow(/x-a cannot be sent/);
  }
  expect(requestText('GET', url, { Host: 'other', 'x-a': 'é\t~' })).toBe(
    'GET / HTTP/1.1\r\nHost: other\r\nx-a: é\t~\r\n\r\n',
  );
});

it('sends a body, and takes the status of an answer that breaks off', async () => {
  const asked: string[] = [];
  const answers = [
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 400 Bad Request\r\ncontent-length: 3\r\n\r\nold',
    'HTTP/1.1 503 Busy\r\ncontent-length: 9\r\nretry-after: 7\r\n\r\nwai',
  ];
  const { port, sockets } = await serve((socket, request) => {
    socket.write(answers[request]!);
    if (request === 2) socket.end();
  });
  const { connection } = connectTo(port);
  const statuses: unknown[] = [];
  for (const body of ['a', 'bb', 'ccc']) {
    const words: string[] = [];
    const head = await connection.send({
      text: requestText('POST', new URL('http://h/write'), { 'content-length': `${body.length}` }),
      body: Buffer.from(body),
      wanted: 'status',
      sink: { length: 0, append: (bytes) => words.push(Buffer.from(bytes).toString()) > 0 },
      limitBytes: 512,
      deadlineMs: 1000,
      timeoutMs: 1000,
    });
    sockets[0]!.on('data', (bytes: Buffer) => asked.push(bytes.toString()));
    statuses.push([head.status, words.join(''), head.retryAfter]);
  }
  expect(statuses).toEqual([
    [204, '', undefined],
    [400, 'old', undefined],
    [503, 'wai', '7'],
  ]);
  expect(asked.join('')).toContain(
    'POST /write HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\nbb',
  );
  expect(sockets).toHaveLength(1);
});
