import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { Registry } from 'prom-client';
import { vi } from 'vitest';
import type { RegistryLike } from '../../self/registry.js';
import type { ClientMetricsOptions } from './client-options.js';
import { type ClientRequests, recordClientRequests } from './record-client-requests.js';

/** Answers of the server by path. */
const answers: Readonly<
  Record<string, (request: IncomingMessage, response: ServerResponse) => void>
> = {
  '/ok': (_, response) => void response.end('hello'),
  '/echo': (request, response) => void request.pipe(response),
  '/redirect': (_, response) => void response.writeHead(302, { location: '/ok' }).end(),
  '/stream': (_, response) => {
    response.write('one');
    setImmediate(() => response.end('two'));
  },
  '/early': (_, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('ok');
  },
  '/never': () => {},
  '/reset': (request) => void request.socket.resetAndDestroy(),
  '/broken': (request, response) => {
    response.write('half', () => request.socket.resetAndDestroy());
  },
  '/endless': (_, response) => void response.write('event'),
  '/garbage': (request) => void request.socket.end('this is no HTTP\r\n\r\n'),
  '/short': (request) =>
    void request.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
};

export interface ClientScene {
  readonly origin: string;
  readonly port: number;
  readonly registry: Registry;
  /** Undefined where nothing is counted. */
  readonly client: ClientRequests | undefined;
  /** How often each path was asked for. */
  readonly asked: ReadonlyMap<string, number>;
  /** What the app's functions threw. */
  readonly errors: readonly unknown[];
  /** The samples of the metrics whose name begins so, `{}` around the labels, without buckets and zeros. */
  samples(name: string): Promise<string[]>;
  /** Waits until nothing is in flight and these are the samples. */
  shows(name: string, samples: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** A server with many ways to answer, and a registry that outgoing requests are counted in. */
export async function clientScene(options: ClientMetricsOptions = {}): Promise<ClientScene> {
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*/, '');
    const times = (asked.get(path) ?? 0) + 1;
    asked.set(path, times);
    const answer = answers[path];
    if (answer !== undefined) answer(request, response);
    else if (path === '/flaky') response.writeHead(times === 1 ? 503 : 200).end();
    else response.writeHead(404).end('nothing');
  });
  server.on('upgrade', (_, socket: Socket) => switchProtocols(socket));
  server.on('connect', (_, socket: Socket) => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    socket.on('data', (chunk) => socket.write(chunk)).on('error', () => {});
  });
  const port = await listen(server);
  const registry = new Registry();
  const errors: unknown[] = [];
  const client = recordClientRequests(registry as unknown as RegistryLike, options, (error) =>
    errors.push(error),
  );
  const origin = `http://127.0.0.1:${port}`;
  async function samples(name: string): Promise<string[]> {
    const text = await registry.metrics();
    return text
      .split('\n')
      .filter((line) => line.startsWith(name) && !line.includes('_bucket{') && !/ 0$/.test(line))
      .map((line) => line.replaceAll(`127.0.0.1:${port}`, 'server'));
  }
  return {
    origin,
    port,
    registry,
    client,
    asked,
    errors,
    samples,
    async shows(name, expected) {
      await vi.waitFor(
        async () => {
          const found = [
            ...(await samples('http_client_requests_in_flight')),
            ...(await samples(name)),
          ];
          if (JSON.stringify(found) !== JSON.stringify(expected)) {
            throw new Error(`expected ${expected.join('\n')}\nfound ${found.join('\n')}`);
          }
        },
        { timeout: 20_000, interval: 5 },
      );
    },
    async close() {
      client?.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

export function switchProtocols(socket: Socket): void {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.on('data', (chunk) => socket.write(chunk)).on('error', () => {});
}

export async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A port that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}
