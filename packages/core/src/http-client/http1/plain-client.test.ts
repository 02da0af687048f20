import { once } from 'node:events';
import {
  type AddressInfo,
  createServer,
  type LookupFunction,
  type Server,
  type Socket,
} from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { isDeadSocket } from '../http-failure.js';
import type {
  AnswerController,
  AnswerHandler,
  AnswerHeaders,
  WireRequest,
} from './answer-handler.js';
import { PlainClient } from './plain-client.js';
import { headEnd, requestHead } from './request-text.js';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const ok = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

/** A server that answers each request by `answer(socket, its number)`. */
async function serve(answer: (socket: Socket, request: number) => void) {
  let requests = 0;
  let asked = '';
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      asked += bytes;
      answer(socket, requests++);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => stop(server, sockets));
  const { port } = server.address() as AddressInfo;
  return { server, sockets, port, requests: () => requests, asked: () => asked };
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

/** A request's handler that keeps what it is told. */
class Recorder implements AnswerHandler {
  status = 0;
  headers: AnswerHeaders = {};
  body = '';
  controller: AnswerController | undefined;
  readonly ended: Promise<string>;
  #end: (how: string) => void = () => {};
  readonly #mostBytes: number;

  constructor(mostBytes = Number.POSITIVE_INFINITY) {
    this.#mostBytes = mostBytes;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  onRequestStart(controller: AnswerController): void {
    this.controller = controller;
  }

  onResponseStart(_controller: AnswerController, status: number, headers: AnswerHeaders): void {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(controller: AnswerController, chunk: Buffer): void {
    this.body += chunk.toString();
    if (this.body.length > this.#mostBytes) controller.abort(new Error('too much'));
  }

  onResponseEnd(): void {
    this.#end('end');
  }

  onResponseError(_controller: AnswerController, error: Error): void {
    this.#end(isDeadSocket(error) ? `dead socket: ${error.message}` : error.message);
  }
}

function connectTo(port: number, hostname = '127.0.0.1') {
  const url = new URL(`http://${hostname}:${port}`);
  const client = new PlainClient({ url, lookup: noLookup });
  closing.push(() => void client.destroy());
  const request: WireRequest = {
    origin: url.origin,
    method: 'GET',
    path: '/metrics?a=b',
    headers: { accept: '*/*' },
  };
  const start = (recorder = new Recorder(), body?: Uint8Array) => {
    client.dispatch(body === undefined ? request : { ...request, method: 'POST', body }, recorder);
    return recorder;
  };
  const get = async () => {
    const recorder = start();
    const ended = await recorder.ended;
    return ended === 'end' ? recorder.body : ended;
  };
  return { client, start, get };
}

const closedUnanswered = 'the connection was closed without an answer';

it('asks again and again on one socket', async () => {
  const { port, sockets } = await serve((socket, request) => socket.write(ok(`a ${request}`)));
  const { get } = connectTo(port);
  for (let i = 0; i < 5; i++) expect(await get()).toBe(`a ${i}`);
  expect(sockets).toHaveLength(1);
});

it('sends what a server expects', async () => {
  const { port, asked } = await serve((socket) => socket.write(ok('')));
  const { get, start } = connectTo(port);
  await get();
  await start(new Recorder(), Buffer.from('body')).ended;
  const host = `host: 127.0.0.1:${port}\r\naccept: */*\r\n`;
  expect(asked()).toBe(
    `GET /metrics?a=b HTTP/1.1\r\n${host}\r\n` +
      `POST /metrics?a=b HTTP/1.1\r\n${host}content-length: 4\r\n\r\nbody`,
  );
});

it('tells status and headers, of every answer the body', async () => {
  const answer = 'HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nwait';
  const { port } = await serve((socket) => socket.write(answer));
  const recorder = connectTo(port).start();
  expect(await recorder.ended).toBe('end');
  expect(recorder).toMatchObject({ status: 503, body: 'wait', headers: { 'retry-after': '7' } });
});

it('reads bodies larger than its buffer', async () => {
  const body = 'x'.repeat(1_000_000);
  const { port } = await serve((socket) => socket.write(ok(body)));
  const { get } = connectTo(port);
  expect(await get()).toBe(body);
  expect(await get()).toBe(body);
});

it.each([
  ['closes it in peace', (socket: Socket) => socket.end()],
  ['resets it', (socket: Socket) => socket.resetAndDestroy()],
])('calls a kept socket dead when the server, asked on it, %s', async (_name, end) => {
  const { port, sockets } = await serve((socket, request) => {
    if (request === 1) end(socket);
    else socket.write(ok('a'));
  });
  const { get } = connectTo(port);
  await get();
  expect(await get()).toMatch(/^dead socket: /);
  expect(await get()).toBe('a');
  expect(sockets).toHaveLength(2);
});

it('calls a socket no dead one after the first byte of an answer', async () => {
  const { port } = await serve((socket) => socket.end('H'));
  expect(await connectTo(port).get()).toBe('the connection was closed');
});

it('makes a new socket when the kept one was closed between two requests', async () => {
  const { port, sockets, requests } = await serve((socket) => socket.write(ok('a')));
  const { get } = connectTo(port);
  await get();
  sockets[0]!.end();
  await closed(sockets[0]!);
  expect(await get()).toBe('a');
  expect([sockets.length, requests()]).toEqual([2, 2]);
});

it('gives up a socket that brings what nobody asked for', async () => {
  const { port, sockets } = await serve((socket) => socket.write(ok('a')));
  const { get } = connectTo(port);
  await get();
  sockets[0]!.write(ok('a lie'));
  await closed(sockets[0]!);
  expect(await get()).toBe('a');
  expect(sockets).toHaveLength(2);
});

it('gives up a socket with more than the answer on it', async () => {
  const { port, sockets } = await serve((socket) => socket.write(`${ok('a')}${ok('a lie')}`));
  const { get } = connectTo(port);
  await get();
  expect(await get()).toBe('a');
  expect(sockets).toHaveLength(2);
});

it('takes an abort at any moment, and serves the next request', async () => {
  const silence = ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab'];
  for (const sent of silence) {
    const { port, sockets } = await serve((socket, request) => {
      if (request > 0) socket.write(ok('a'));
      else if (sent !== '') socket.write(sent);
    });
    const { start, get } = connectTo(port);
    const given = start();
    while (sockets.length === 0) await new Promise(setImmediate);
    given.controller!.abort(new Error('enough'));
    expect(await given.ended).toBe('enough');
    expect(await get()).toBe('a');
    await closed(sockets[0]!);
  }
});

it('takes an abort from within an endless body', async () => {
  const { port, sockets } = await serve((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const more = () => {
      while (!socket.destroyed && socket.write('a'.repeat(65_536)));
    };
    socket.on('drain', more);
    more();
  });
  expect(await connectTo(port).start(new Recorder(1_000_000)).ended).toBe('too much');
  await closed(sockets[0]!);
});

it('takes an abort before it has sent anything', async () => {
  const { port, requests } = await serve((socket) => socket.write(ok('a')));
  const { start, get } = connectTo(port);
  const recorder = new Recorder();
  recorder.onRequestStart = (controller) => controller.abort(new Error('never mind'));
  expect(await start(recorder).ended).toBe('never mind');
  expect(await get()).toBe('a');
  expect(requests()).toBe(1);
});

it('fails at once where nobody listens, and for a name without address', async () => {
  const { server, port } = await serve(() => {});
  server.close();
  expect(await connectTo(port).get()).toContain('ECONNREFUSED');
  expect(await connectTo(port, 'nowhere.invalid').get()).toBe('no names here');
});

it('fails when the server closes without a word, or speaks something else', async () => {
  const silent = await serve((socket) => socket.end());
  expect(await connectTo(silent.port).get()).toBe(`dead socket: ${closedUnanswered}`);
  const other = await serve((socket) => socket.write('220 smtp ready\r\n\r\n'));
  expect(await connectTo(other.port).get()).toContain('the answer is no HTTP/1.1');
});

it('closes when its request has ended, destroys at once', async () => {
  const { port, sockets } = await serve((socket, request) => {
    if (request === 0) setImmediate(() => socket.write(ok('a')));
  });
  const { client, start } = connectTo(port);
  const recorder = start();
  const closing = client.close();
  expect(await recorder.ended).toBe('end');
  await closing;
  await closed(sockets[0]!);

  const other = connectTo(port);
  const given = other.start();
  await other.client.destroy();
  expect(await given.ended).toBe('the client was closed');
});

it('refuses to send a header that would end the line', () => {
  const wire = (headers: Record<string, string>) =>
    requestHead(new URL('http://h/'), { origin: 'http://h', path: '/', method: 'GET', headers }) +
    headEnd(undefined);
  for (const value of ['a\r\nx: y', 'a\n', '\u0000', '☃']) {
    expect(() => wire({ 'x-a': value })).toThrow(/x-a cannot be sent/);
  }
  expect(wire({ Host: 'other', 'x-a': 'é\t~' })).toBe(
    'GET / HTTP/1.1\r\nHost: other\r\nx-a: é\t~\r\n\r\n',
  );
});
