import { once } from 'node:events';
import { type ClientHttp2Stream, connect } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import type { Scene, SceneServer } from './scenes.js';

type Open = (method: string, path: string) => ClientHttp2Stream;

/** A client of one connection without TLS, which is closed when all is done. */
async function over(port: number, act: (open: Open) => Promise<unknown>): Promise<void> {
  const session = connect(`http://127.0.0.1:${port}`);
  await act((method, path) => {
    const stream = session.request({ ':method': method, ':path': path });
    stream.on('error', () => {});
    return stream;
  });
  session.close();
}

const get = (path: string, method = 'GET') => ({
  act: (port: number) => over(port, (open) => once(open(method, path).resume(), 'close')),
});

async function post(open: Open, bytes: number): Promise<void> {
  const stream = open('POST', '/echo').resume();
  stream.end('x'.repeat(bytes));
  await once(stream, 'close');
}

/** CANCEL, as browsers send it. */
async function cancel(stream: ClientHttp2Stream): Promise<void> {
  stream.close(8);
  await once(stream, 'close');
}

async function abortSlow(open: Open, server: SceneServer): Promise<void> {
  const entered = server.entered();
  const stream = open('GET', '/slow');
  await entered;
  await cancel(stream);
}

/** Leaves without a word, as a client that is killed. */
async function reset(
  port: number,
  path: string,
  until: (stream: ClientHttp2Stream) => Promise<unknown>,
): Promise<void> {
  const socket = connectTcp(port, '127.0.0.1');
  const session = connect(`http://127.0.0.1:${port}`, { createConnection: () => socket });
  session.on('error', () => {});
  const stream = session.request({ ':path': path });
  stream.on('error', () => {});
  await until(stream);
  socket.resetAndDestroy();
}

/** Of servers that speak HTTP/2. */
export const http2Scenes: readonly Scene[] = [
  {
    name: 'answered',
    counted: ['GET /users/:id 200 1'],
    bytes: { request: 0, response: 4 },
    ...get('/users/7?x=1'),
  },
  { name: '404', counted: ['GET - 404 1'], ...get('/wp-admin/1.php') },
  { name: 'thrown', counted: ['GET /throws 500 1'], ...get('/throws') },
  {
    name: 'thrown in a mounted router',
    counted: ['GET /orgs/:org/throws/:id 500 1'],
    ...get('/orgs/7/throws/8'),
  },
  {
    name: 'mounted router',
    counted: ['GET /orgs/:org/members/:id 200 1'],
    ...get('/orgs/7/members/8'),
  },
  {
    name: 'HEAD',
    counted: ['HEAD /users/:id 200 1'],
    bytes: { request: 0, response: 0 },
    ...get('/users/7', 'HEAD'),
  },
  {
    name: 'body sent',
    counted: ['POST /echo 200 1'],
    bytes: { request: 5000, response: 5000 },
    act: (port) => over(port, (open) => post(open, 5000)),
  },
  {
    name: 'aborted before the headers',
    counted: ['GET /slow 499 1'],
    bytes: { request: 0, response: 0 },
    aborted: 'before_headers',
    act: (port, server) => over(port, (open) => abortSlow(open, server)),
  },
  {
    name: 'aborted after the headers',
    counted: ['GET /endless 499 1'],
    bytes: { request: 0, response: 5 },
    aborted: 'after_headers',
    streamed: 1,
    act: (port) =>
      over(port, async (open) => {
        const stream = open('GET', '/endless');
        await once(stream, 'data');
        await cancel(stream);
      }),
  },
  {
    name: 'reset with its connection before the headers',
    counted: ['GET /slow 499 1'],
    bytes: { request: 0, response: 0 },
    aborted: 'before_headers',
    async act(port, server) {
      const entered = server.entered();
      await reset(port, '/slow', () => entered);
    },
  },
  {
    name: 'reset with its connection after the headers',
    counted: ['GET /endless 499 1'],
    bytes: { request: 0, response: 5 },
    aborted: 'after_headers',
    streamed: 1,
    act: (port) => reset(port, '/endless', (stream) => once(stream, 'data')),
  },
  {
    name: 'stream',
    counted: ['GET /stream 200 1'],
    bytes: { request: 0, response: 300 },
    streamed: 1,
    ...get('/stream'),
  },
  {
    name: 'server-sent events',
    counted: ['GET /events 200 1'],
    bytes: { request: 0, response: 24 },
    streamed: 1,
    leastMs: 5,
    ...get('/events'),
  },
  {
    name: 'one of many on its connection',
    counted: ['GET /slow 499 1', 'GET /stream 200 1', 'GET /users/:id 200 2', 'POST /echo 200 1'],
    bytes: { request: 5000, response: 5308 },
    aborted: 'before_headers',
    streamed: 1,
    act: (port, server) =>
      over(port, async (open) => {
        const gets = ['/users/7', '/stream', '/users/8'].map((path) => open('GET', path).resume());
        const closed = gets.map((stream) => once(stream, 'close'));
        await Promise.all([...closed, post(open, 5000)]);
        await abortSlow(open, server);
      }),
  },
];
