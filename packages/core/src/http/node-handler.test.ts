import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'undici';
import { afterEach, expect, it } from 'vitest';
import { createAgent } from '../agent.js';
import type { RegistryLike } from '../self/registry.js';
import { closeHandlerScenes, handlerScene } from './handler-scene.contract.js';
import type { NodeHandlerOptions } from './node-handler.js';

afterEach(closeHandlerScenes);

const makeAgent = (registry: RegistryLike) => createAgent({ registry, agent: { threads: 0 } });

type Answer = (request: IncomingMessage, socket: Duplex) => void;

/** A server that answers upgrades and CONNECTs itself. */
async function serve(answer: Answer, http: NodeHandlerOptions['http'] = {}) {
  const { server, port, registry, handler } = await handlerScene(
    makeAgent,
    { http },
    (_, response) => {
      response.end('plain');
    },
  );
  const listener: Answer = (request, socket) => {
    handler.handleUpgrade(request, socket);
    if (request.url === '/socket') handler.setRoute(request, '/socket');
    socket.on('error', () => {});
    answer(request, socket);
  };
  server.on('upgrade', listener);
  server.on('connect', listener);
  const counted = async (): Promise<string[]> => {
    const text = await registry.metrics();
    const pattern =
      /^http_request_duration_seconds_count\{method="(.*)",route="(.*)",status_code="(.*)"\} (\d+)$/gm;
    return [...text.matchAll(pattern)].map(([, ...parts]) => parts.join(' '));
  };
  const inFlight = async () =>
    [...(await registry.metrics()).matchAll(/^http_requests_in_flight\{.*\} ([1-9].*)$/gm)].length;
  return { server, port, registry, handler, counted, inFlight };
}

function ask(port: number, head = 'GET /socket', protocol = 'websocket'): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `${head} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`,
  );
  return socket;
}

const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

it.each<[string, string, Answer, string, ((socket: Socket) => void)?]>([
  ['accepted', 'GET /socket', (_, socket) => void socket.write(accepted), 'GET /socket 101 1'],
  [
    'accepted, in bytes, with what follows',
    'GET /socket',
    (_, socket) => {
      socket.write(Buffer.from(accepted));
      socket.write('HTTP/1.1 500 is what this protocol says');
    },
    'GET /socket 101 1',
  ],
  [
    'refused with the end of the connection',
    'GET /socket',
    (_, socket) => void socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n'),
    'GET /socket 401 1',
  ],
  [
    'refused, then broken off',
    'GET /other',
    (_, socket) => void socket.write('HTTP/1.1 503 \r\n\r\n', () => socket.destroy()),
    'GET __unknown__ 503 1',
  ],
  [
    'a tunnel',
    'CONNECT else:80',
    (_, socket) => void socket.write('HTTP/1.1 200 Connection Established\r\n\r\n'),
    'CONNECT __unknown__ 200 1',
  ],
  [
    'a tunnel that is refused',
    'CONNECT else:80',
    (_, socket) => void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'),
    'CONNECT __unknown__ 502 1',
  ],
  [
    'broken off by the service',
    'GET /socket',
    (_, socket) => void socket.destroy(),
    'GET /socket 500 1',
  ],
  [
    'left by its client before the answer',
    'GET /socket',
    () => {},
    'GET /socket 499 1',
    (socket) => socket.resetAndDestroy(),
  ],
  [
    'ended by its client before the answer',
    'GET /socket',
    (_, socket) => void socket.on('end', () => socket.destroy()).resume(),
    'GET /socket 499 1',
    (socket) => socket.end(),
  ],
])('an upgrade that is %s counts once', async (_, head, answer, expected, then) => {
  let entered = (): void => {};
  const asked = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const { port, counted, inFlight, registry } = await serve((request, socket) => {
    answer(request, socket);
    entered();
  });
  const socket = ask(port, head);
  await asked;
  then?.(socket);
  await expect.poll(counted, { timeout: 20_000 }).toEqual([expected]);
  socket.destroy();
  await expect.poll(inFlight, { timeout: 20_000 }).toBe(0);
  expect(await counted()).toEqual([expected]);
  const aborted = /^http_requests_aborted_total\{.*phase="before_headers"\} 1$/m;
  expect(aborted.test(await registry.metrics())).toBe(expected.includes(' 499 '));
});

it('a WebSocket counts when its handshake is answered, not when it closes', async () => {
  const { port, counted } = await serve((request, socket) => {
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const hash = createHash('sha1').update(key).digest('base64');
    socket.write(accepted.replace(/\r\n$/, `Sec-WebSocket-Accept: ${hash}\r\n\r\n`));
    // A text frame: `hello`.
    socket.write(Buffer.from([0x81, 5, ...Buffer.from('hello')]));
  });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`);
  const [message] = (await once(socket, 'message')) as [{ data: string }];
  expect(message.data).toBe('hello');
  expect(await counted()).toEqual(['GET /socket 101 1']);
  socket.close();
});

it('a plain request that is answered past its response counts with what was written, where it is shown as an upgrade', async () => {
  const { server, port, counted, handler } = await serve(() => {});
  server.removeAllListeners('request').on('request', (request, { socket }) => {
    handler.handleUpgrade(request, request.socket);
    handler.setRoute(request, '/socket');
    socket?.end('HTTP/1.1 418 Teapot\r\nConnection: close\r\n\r\nshort');
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket.resume(), 'close');
  expect(await counted()).toEqual(['GET /socket 418 1']);
});

it('upgrades that are to be ignored are not counted', async () => {
  const { port, counted } = await serve((_, socket) => void socket.end('HTTP/1.1 404 \r\n\r\n'), {
    ignore: { paths: ['/socket'] },
  });
  await once(ask(port).resume(), 'close');
  expect(await counted()).toEqual([]);
});
