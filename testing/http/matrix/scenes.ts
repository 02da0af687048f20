import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A client that does something to a server, and what the server should have counted afterwards. */
export interface Scene {
  readonly name: string;
  /** `method route status count` of each series, sorted; a route of `-` is that of no route. */
  readonly counted: readonly string[];
  /** Bytes of the bodies of all its requests and responses, where they are certain. */
  readonly bytes?: { readonly request: number; readonly response: number };
  /** When the client left; none: it had all its responses. */
  readonly aborted?: 'before_headers' | 'after_headers';
  /** How many responses had their headers long before their end. Default none. */
  readonly streamed?: number;
  /** Their durations together are no less than what the service waited for. */
  readonly leastMs?: number;
  act(port: number, server: SceneServer): Promise<void>;
}

/** Lets a scene wait for what happens inside the server. */
export interface SceneServer {
  /** `method url` of all that came. */
  readonly seen: readonly string[];
  /** Resolves when the route `/slow`, which never answers, is entered, or `/echo` has heard something. */
  entered(): Promise<unknown>;
}

const request = (method: string, path: string, ...headers: string[]): string =>
  [`${method} ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function fetched(port: number, path: string, init?: RequestInit): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  await response.text();
}

/** Reads until the text has come so often. */
async function read(socket: Socket, text: string, times = 1): Promise<void> {
  let all = '';
  while (all.split(text).length <= times) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    all += chunk.toString('latin1');
  }
}

export const scenes: readonly Scene[] = [
  {
    name: 'answered',
    counted: ['GET /users/:id 200 1'],
    bytes: { request: 0, response: 4 },
    act: (port) => fetched(port, '/users/7?x=1'),
  },
  {
    name: '404',
    counted: ['GET - 404 2'],
    async act(port) {
      await fetched(port, '/wp-admin/1.php');
      await fetched(port, '/wp-admin/2.php');
    },
  },
  { name: 'thrown', counted: ['GET /throws 500 1'], act: (port) => fetched(port, '/throws') },
  {
    name: 'thrown in a mounted router',
    counted: ['GET /orgs/:org/throws/:id 500 1'],
    act: (port) => fetched(port, '/orgs/7/throws/8'),
  },
  {
    name: 'mounted router',
    counted: ['GET /orgs/:org/members/:id 200 1'],
    act: (port) => fetched(port, '/orgs/7/members/8'),
  },
  {
    name: 'HEAD',
    counted: ['HEAD /users/:id 200 1'],
    bytes: { request: 0, response: 0 },
    act: (port) => fetched(port, '/users/7', { method: 'HEAD' }),
  },
  {
    name: 'unknown method',
    counted: ['_OTHER - 404 1'],
    async act(port) {
      const socket = await open(port);
      socket.write(request('PURGE', '/users/7'));
      await read(socket, 'HTTP/1.1 404');
      socket.destroy();
    },
  },
  {
    name: 'body sent',
    counted: ['POST /echo 200 1'],
    bytes: { request: 5000, response: 5000 },
    act: (port) => fetched(port, '/echo', { method: 'POST', body: 'x'.repeat(5000) }),
  },
  {
    name: 'aborted before the headers',
    counted: ['GET /slow 499 1'],
    bytes: { request: 0, response: 0 },
    aborted: 'before_headers',
    async act(port, server) {
      const socket = await open(port);
      const entered = server.entered();
      socket.write(request('GET', '/slow'));
      await entered;
      socket.resetAndDestroy();
    },
  },
  {
    name: 'aborted after the headers',
    counted: ['GET /endless 499 1'],
    bytes: { request: 0, response: 5 },
    aborted: 'after_headers',
    streamed: 1,
    async act(port) {
      const socket = await open(port);
      socket.write(request('GET', '/endless'));
      await read(socket, 'event');
      socket.resetAndDestroy();
    },
  },
  {
    name: 'aborted while its body was sent',
    counted: ['POST /echo 499 1'],
    bytes: { request: 100, response: 0 },
    aborted: 'before_headers',
    async act(port, server) {
      const socket = await open(port);
      const entered = server.entered();
      socket.write(request('POST', '/echo', 'Content-Length: 5000'));
      socket.write('x'.repeat(100));
      await entered;
      socket.resetAndDestroy();
    },
  },
  {
    name: 'stream',
    counted: ['GET /stream 200 1'],
    bytes: { request: 0, response: 300 },
    streamed: 1,
    act: (port) => fetched(port, '/stream'),
  },
  {
    name: 'server-sent events',
    counted: ['GET /events 200 1'],
    bytes: { request: 0, response: 24 },
    streamed: 1,
    leastMs: 5,
    act: (port) => fetched(port, '/events'),
  },
  {
    name: 'chunked body sent',
    counted: ['POST /echo 200 1'],
    bytes: { request: 6, response: 6 },
    async act(port) {
      const socket = await open(port);
      socket.write(request('POST', '/echo', 'Transfer-Encoding: chunked'));
      socket.write('3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n');
      await read(socket, 'abcdef');
      socket.destroy();
    },
  },
  {
    name: 'kept alive',
    counted: ['GET /users/:id 200 3'],
    bytes: { request: 0, response: 12 },
    async act(port) {
      const socket = await open(port);
      for (let i = 0; i < 3; i++) {
        socket.write(request('GET', `/users/${i}`));
        await read(socket, 'HTTP/1.1 200');
      }
      socket.destroy();
    },
  },
  {
    name: 'pipelined',
    counted: ['GET - 404 1', 'GET /stream 200 1', 'GET /users/:id 200 2'],
    streamed: 1,
    async act(port) {
      const socket = await open(port);
      const paths = ['/users/1', '/stream', '/nothing', '/users/2'];
      socket.write(paths.map((path) => request('GET', path)).join(''));
      await read(socket, 'HTTP/1.1 ', paths.length);
      socket.end();
    },
  },
  {
    name: 'aborted in a pipeline',
    counted: ['GET /slow 499 1', 'GET /throws 499 1', 'GET /users/:id 499 1'],
    aborted: 'before_headers',
    async act(port, server) {
      const socket = await open(port);
      const paths = ['/slow', '/users/1', '/throws'];
      socket.write(paths.map((path) => request('GET', path)).join(''));
      while (server.seen.length < paths.length) await sleep(2);
      socket.resetAndDestroy();
    },
  },
  {
    name: 'answered late, with headers alone',
    counted: ['GET /empty 302 1'],
    bytes: { request: 0, response: 0 },
    leastMs: 5,
    act: (port) => fetched(port, '/empty', { redirect: 'manual' }),
  },
  // A handshake, then the connection speaks something else; nothing is answered after it.
  {
    name: 'upgrade',
    counted: ['GET /socket 101 1'],
    bytes: { request: 0, response: 0 },
    async act(port) {
      const socket = await open(port);
      socket.write(request('GET', '/socket', 'Connection: Upgrade', 'Upgrade: websocket'));
      await read(socket, '101 Switching');
      socket.write('anything');
      await read(socket, 'anything');
      socket.destroy();
    },
  },
];
