import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createServer as createHttp2Server,
  type ServerHttp2Session,
} from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createHttpRecorder } from '../recorder/http-recorder.js';
import { prepareServer } from './prepare-server.js';
import { trackResponses } from './track-responses.js';

/** `route status count` of all that the recorder has counted. */
async function countedBy(recorder: ReturnType<typeof createHttpRecorder>): Promise<string[]> {
  const { values } = await recorder.metrics[0]!.get();
  return values
    .filter(({ metricName }) => metricName?.endsWith('_count'))
    .map(({ labels, value }) => `${labels['route']} ${labels['status_code']} ${value}`);
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Tells the status that a request is counted with. */
function trackStatus(tell: (status: number) => void) {
  const recorder = createHttpRecorder();
  return trackResponses<undefined>({
    recorder,
    routeIdOf(_, status) {
      tell(status);
      return recorder.route('GET', '/');
    },
    onError: () => expect.unreachable(),
  });
}

/**
 * The status that a request to `handler` counts with, when `client` behaves as it does. `isPrepared`: on a
 * server that has answered before.
 */
async function statusOf(
  handler: Handler,
  client: (socket: Socket) => void,
  isPrepared = false,
): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  if (isPrepared) prepareServer(server);
  await once(server, 'listening');
  const status = new Promise<number>((resolve) => {
    server.on('request', (request, response) => {
      trackStatus(resolve)(undefined, request, response);
      handler(request, response);
      client(socket);
    });
  });
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n');
  const found = await status;
  server.closeAllConnections();
  server.close();
  return found;
}

const sendsBody = (socket: Socket): void => void socket.write('abc');
const leaves = (socket: Socket): void => void socket.destroy();
const ok: Handler = (_, response) => void response.end('ok');
const huge = Buffer.alloc(50_000_000);

describe.each([
  ['', false],
  [', of a server that has answered before,', true],
])('the status over HTTP/1%s', (_, isPrepared) => {
  // A response that is sent shows that others can be observed.
  if (isPrepared) beforeAll(() => statusOf(ok, sendsBody, true));

  it.each<[string, number, Handler, (socket: Socket) => void]>([
    ['sent', 201, (_, response) => response.writeHead(201).end('ok'), sendsBody],
    [
      'sent before the request was read',
      413,
      (_, response) => response.writeHead(413).end(),
      () => {},
    ],
    ['client gone before its request was whole', 499, (request) => request.resume(), leaves],
    [
      'client gone while much is still to be written',
      499,
      (request, response) => {
        response.end(huge);
        request.resume();
      },
      (socket) => {
        socket.write('abc');
        socket.once('data', () => socket.resetAndDestroy());
      },
    ],
    [
      'broken off by the service after its headers',
      202,
      (_, response) => response.writeHead(202).write('x', () => response.destroy()),
      sendsBody,
    ],
    [
      'broken off by the service with an error',
      202,
      (_, response) => response.writeHead(202).write('x', () => response.destroy(new Error('x'))),
      sendsBody,
    ],
    [
      'broken off by the service before anything',
      500,
      (request) => request.socket.destroy(),
      sendsBody,
    ],
  ])('%s: %i', async (__, expected, handler, client) => {
    expect(await statusOf(handler, client, isPrepared)).toBe(expected);
  });
});

describe('the status over HTTP/2', () => {
  it.each<[string, number, string, boolean]>([
    ['sent', 200, '/ok', false],
    ['cancelled before the headers', 499, '/never', true],
    ['cancelled after the headers', 499, '/begun', true],
    ['broken off by the service', 200, '/broken', false],
  ])('%s: %i', async (_, expected, path, cancels) => {
    const server = createHttp2Server().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const status = new Promise<number>((resolve) => {
      server.on('request', (request, response) => {
        const { url } = request;
        const track = trackStatus(resolve);
        track(undefined, request as never, response as never);
        if (url === '/ok') response.end('ok');
        if (url === '/begun') response.write('x');
        if (url === '/broken') response.write('x', () => response.stream.close(2));
        if (cancels) setImmediate(() => stream.close(8));
      });
    });
    const stream = session.request({ ':path': path });
    stream.on('error', () => {}).resume();
    expect(await status).toBe(expected);
    session.destroy();
    server.close();
  });
});

describe('the status over HTTP/2 when the connection goes with its requests', () => {
  type End = (client: Socket, session: ClientHttp2Session, service: ServerHttp2Session) => unknown;
  /** When nothing is under way: a socket that has still to write closes where it is told to reset. */
  const settled = (session: ClientHttp2Session) =>
    new Promise<void>((resolve) => session.ping(() => setImmediate(resolve)));

  it.each<[string, number, string, End]>([
    ['closed by the client', 499, '/never', (client) => client.destroy()],
    ['reset before the headers', 499, '/never', (client) => client.resetAndDestroy()],
    ['reset after the headers', 499, '/begun', (client) => client.resetAndDestroy()],
    ['ended by the client with INTERNAL_ERROR', 499, '/never', (_, session) => session.goaway(2)],
    ['destroyed by the service', 500, '/never', (_, __, service) => service.destroy()],
    [
      'destroyed by the service with an error',
      500,
      '/never',
      (_, __, service) => service.destroy(new Error('x')),
    ],
  ])('%s: %i', async (_, expected, path, end) => {
    const server = createHttp2Server().listen(0, '127.0.0.1');
    server.on('session', (service) => service.on('error', () => {}));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1');
    const session = connectHttp2(`http://127.0.0.1:${port}`, { createConnection: () => client });
    session.on('error', () => {});
    const { recorder, track, inFlight } = tracker();
    server.on('request', (request, response) => {
      track(request.url, request as never, response as never);
      const service = response.stream.session as ServerHttp2Session;
      if (path === '/begun') response.write('x');
      void settled(session).then(() => end(client, session, service));
    });
    session
      .request({ ':path': path })
      .on('error', () => {})
      .resume();
    await vi.waitFor(async () => expect(await countedBy(recorder)).toHaveLength(1), 20_000);
    expect(await countedBy(recorder)).toEqual([`${path} ${expected} 1`]);
    expect(await inFlight()).toEqual([0]);
    session.destroy();
    server.close();
  });
});

/** Tracks with a recorder of its own by the URL. */
function tracker() {
  const recorder = createHttpRecorder();
  const track = trackResponses<string>({
    recorder,
    routeIdOf: (url) => recorder.route('GET', url),
    onError: () => expect.unreachable(),
  });
  const metric = (name: string) => recorder.metrics.find((one) => one.name.endsWith(name))!.get();
  const phases = async () =>
    (await metric('aborted_total')).values.map(({ labels }) => labels['phase']);
  const inFlight = async () => (await metric('in_flight')).values.map(({ value }) => value);
  return { recorder, track, phases, inFlight };
}

it.each([
  ['HTTP/1.1', createServer, leaveHttp1],
  ['HTTP/2', createHttp2Server, leaveHttp2],
] as const)(
  'a client that leaves %s before the tracker sees its request counts as gone, and is in flight no more',
  async (_, create, leave) => {
    const recorder = createHttpRecorder();
    const track = trackResponses<undefined>({
      recorder,
      routeIdOf: () => recorder.route('GET', '/'),
      onError: () => expect.unreachable(),
    });
    const server = (create as typeof createServer)().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const left = once(server, 'request').then(async ([request, response]) => {
      await once(response, 'close');
      track(undefined, request, response);
      response.end('late');
    });
    await leave((server.address() as AddressInfo).port, server);
    await left;
    expect(await countedBy(recorder)).toEqual(['/ 499 1']);
    const inFlight = recorder.metrics.find(({ name }) => name === 'http_requests_in_flight');
    expect((await inFlight!.get()).values.map(({ value }) => value)).toEqual([0]);
    server.close();
  },
);

async function leaveHttp1(port: number, server: Server): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(server, 'request');
  socket.destroy();
}

async function leaveHttp2(port: number, server: Server): Promise<void> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request();
  stream.on('error', () => {});
  await once(server, 'request');
  stream.close(8);
  await once(stream, 'close');
  session.close();
}

it('requests that wait in a pipeline whose client leaves count once each, and are in flight no more', async () => {
  const trackers = [tracker(), tracker()];
  const urls: string[] = [];
  const server = createServer((request, response) => {
    const { url = '' } = request;
    for (const { track } of trackers) track(url, request, response);
    urls.push(url);
    if (url !== '/first') response.end('waits for the first');
    if (urls.length === 3) socket.resetAndDestroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  for (const url of ['/first', '/second', '/third'])
    socket.write(`GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`);
  for (const { recorder, phases, inFlight } of trackers) {
    await vi.waitFor(async () => expect(await countedBy(recorder)).toHaveLength(3), 20_000);
    expect(await countedBy(recorder)).toEqual(['/first 499 1', '/second 499 1', '/third 499 1']);
    expect(await phases()).toEqual(Array(3).fill('before_headers'));
    expect(await inFlight()).toEqual([0]);
  }
  server.close();
});

it('a client that leaves in the midst of a body that was handed over whole has had the headers', async () => {
  const { recorder, track, phases } = tracker();
  await statusOf(
    (request, response) => {
      track('/', request, response);
      response.end(huge);
      request.resume();
    },
    (socket) => {
      socket.write('abc');
      socket.once('data', () => socket.resetAndDestroy());
    },
  );
  expect(await countedBy(recorder)).toEqual(['/ 499 1']);
  expect(await phases()).toEqual(['after_headers']);
});

describe('the time to the headers', () => {
  it.each<[string, number, Handler]>([
    [
      'of an answer that is nothing but its head',
      0,
      (_, response) => response.writeHead(302).end(),
    ],
    ['of an answer in one go', 0, (_, response) => response.writeHead(200).end('all')],
    ['of a stream', 1, (_, response) => response.write('x', () => response.end('y'))],
    [
      'of headers that were sent ahead',
      1,
      (_, response) => {
        response.flushHeaders();
        setImmediate(() => response.end('all'));
      },
    ],
    [
      'of a stream in which nothing came',
      1,
      (_, response) => {
        response.flushHeaders();
        setImmediate(() => response.end());
      },
    ],
  ])('%s counts %i times', async (_, expected, handler) => {
    const recorder = createHttpRecorder();
    const track = trackResponses<undefined>({
      recorder,
      routeIdOf: () => recorder.route('POST', '/'),
      onError: () => expect.unreachable(),
    });
    await statusOf((request, response) => {
      track(undefined, request, response);
      handler(request, response);
    }, sendsBody);
    const { values } = await recorder.metrics[1]!.get();
    const count = values.find(({ metricName }) => metricName?.endsWith('_headers_seconds_count'));
    expect(count?.value ?? 0).toBe(expected);
  });
});

describe('trackResponses', () => {
  it('counts a response once, however often it is shown, and once in each of two recorders', async () => {
    const recorders = [createHttpRecorder(), createHttpRecorder()];
    const trackers = recorders.map((recorder) =>
      trackResponses<string>({
        recorder,
        routeIdOf: (route) => recorder.route('POST', route),
        onError: () => expect.unreachable(),
      }),
    );
    await statusOf((request, response) => {
      for (const track of trackers) {
        track('/first', request, response);
        track('/second', request, response);
      }
      response.end();
    }, sendsBody);
    for (const recorder of recorders) expect(await countedBy(recorder)).toEqual(['/first 200 1']);
  });

  it('tells of an error in the framework part, which does not reach the app, and loses no request', async () => {
    const errors: unknown[] = [];
    const recorder = createHttpRecorder();
    const track = trackResponses<undefined>({
      recorder,
      routeIdOf: () => {
        throw new Error('no such route');
      },
      onError: (error) => void errors.push(error),
    });
    await statusOf((request, response) => {
      track(undefined, request, response);
      response.end();
    }, sendsBody);
    expect(errors).toEqual([new Error('no such route')]);
    expect(await countedBy(recorder)).toEqual(['__overflow__ __overflow__ 1']);
  });
});
