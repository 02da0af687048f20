import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { Readable } from 'node:stream';
import {
  Agent,
  Client,
  interceptors,
  RetryAgent,
  request as undiciRequest,
  WebSocket,
} from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { hasOpenssl, makeCertificates } from '../../http-client/certificates.contract.js';
import { type ClientScene, clientScene, closedPort, listen } from './client-scene.contract.js';

let scene: ClientScene | undefined;

afterEach(async () => {
  await scene?.close();
  scene = undefined;
});

/** What a request says of itself, whoever makes it. */
interface Sent {
  readonly method?: string;
  readonly body?: string | Readable | undefined;
  readonly signal?: AbortSignal;
}

type Send = (url: string, sent?: Sent) => Promise<unknown>;

const viaUndici: Send = async (url, sent = {}) => {
  const { body } = await undiciRequest(url, sent as object);
  return body.text();
};

/** With the copy of undici that Node.js has. */
const viaFetch: Send = async (url, sent = {}) => {
  const body = sent.body instanceof Readable ? Readable.toWeb(sent.body) : sent.body;
  const init = { ...sent, body, ...(sent.body instanceof Readable && { duplex: 'half' }) };
  const response = await fetch(url, init as RequestInit);
  return response.text();
};

const senders: [name: string, send: Send][] = [
  ['undici', viaUndici],
  ['fetch', viaFetch],
];

const count = 'http_client_request_duration_seconds_count';

describe.each(senders)('a request by %s that', (name, send) => {
  it.each<[string, string, Sent, string]>([
    ['is answered', '/ok?x=1', {}, 'method="GET",status_code="200",server="server"'],
    ['is not found', '/nothing', {}, 'method="GET",status_code="404",server="server"'],
    ['has no body', '/ok', { method: 'HEAD' }, 'method="HEAD",status_code="200",server="server"'],
    ['gets early hints first', '/early', {}, 'method="GET",status_code="200",server="server"'],
    ['gets a stream', '/stream', {}, 'method="GET",status_code="200",server="server"'],
    [
      'has an odd method',
      '/ok',
      { method: 'PURGE' },
      'method="_OTHER",status_code="200",server="server"',
    ],
  ])('%s counts once', async (_, path, sent, labels) => {
    scene = await clientScene();
    await send(scene.origin + path, sent);
    await scene.shows(count, [`${count}{${sorted(labels)}} 1`]);
    const toHeaders = 'http_client_response_time_to_headers_seconds_count';
    expect(await scene.samples(toHeaders)).toHaveLength(1);
    expect(await scene.samples('http_client_request_errors_total')).toEqual([]);
  });

  it.each<[string, () => string | Readable, number]>([
    ['text', () => 'x'.repeat(5000), 5000],
    ['chunks', () => Readable.from([Buffer.from('abc'), Buffer.from('défg')]), 8],
  ])('sends and receives %s has the bytes of both bodies', async (_, body, bytes) => {
    scene = await clientScene();
    await send(`${scene.origin}/echo`, { method: 'POST', body: body() });
    const labels = sorted('method="POST",status_code="200",server="server"');
    for (const size of ['http_client_request_size_bytes', 'http_client_response_size_bytes']) {
      await scene.shows(`${size}_sum`, [`${size}_sum{${labels}} ${bytes}`]);
    }
  });

  it.each<[reason: string, how: string, path: string, phase: string, () => Sent]>([
    ['reset', 'before the headers', '/reset', 'before_headers', () => ({})],
    ['reset', 'in the body', '/broken', 'after_headers', () => ({})],
    ['protocol', 'no HTTP', '/garbage', 'before_headers', () => ({})],
    [
      'timeout',
      'AbortSignal.timeout',
      '/never',
      'before_headers',
      // Before there is a connection, fetch says nothing but that it was aborted.
      () => ({ signal: AbortSignal.timeout(1_000) }),
    ],
  ])('fails: %s, %s', async (reason, _, path, phase, sent) => {
    scene = await clientScene();
    await expect(send(scene.origin + path, sent())).rejects.toThrow();
    await scene.shows('http_client_request_errors_total', [
      `http_client_request_errors_total{${sorted(`method="GET",error="${reason}",server="server"`)},phase="${phase}"} 1`,
    ]);
    expect(await scene.samples(count)).toEqual([
      `${count}{${sorted(`method="GET",error="${reason}",server="server"`)}} 1`,
    ]);
  });

  it.each<[string, string, unknown]>([
    ['before the headers', '/never', undefined],
    ['before the headers, with a reason of its own', '/never', new Error('enough')],
    ['before the headers, with a text', '/never', 'enough'],
    ['in the body', '/endless', undefined],
  ])('is aborted %s', async (_, path, reason) => {
    scene = await clientScene();
    const controller = new AbortController();
    const headers = headersCame();
    const sent = send(scene.origin + path, { signal: controller.signal });
    const failed = sent.then(
      () => expect.unreachable(),
      () => 'failed',
    );
    const labels = sorted('server="server"');
    const phase = path === '/never' ? 'before_headers' : 'after_headers';
    await asked(scene, path);
    await scene.shows('no metric', [`http_client_requests_in_flight{${labels}} 1`]);
    if (path === '/endless') await headers;
    controller.abort(reason);
    expect(await failed).toBe('failed');
    await scene.shows('http_client_request_errors_total', [
      `http_client_request_errors_total{${sorted('method="GET",error="aborted",server="server"')},phase="${phase}"} 1`,
    ]);
  });

  it('is refused, or has no address', async () => {
    scene = await clientScene();
    const port = await closedPort();
    await expect(send(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    await expect(send('http://no-such-host.invalid/')).rejects.toThrow();
    const errors = await scene.samples('http_client_request_errors_total');
    expect(errors.map((line) => line.replace(String(port), 'port')).sort()).toEqual([
      'http_client_request_errors_total{method="GET",server="127.0.0.1:port",error="connect",phase="before_headers"} 1',
      'http_client_request_errors_total{method="GET",server="no-such-host.invalid:80",error="dns",phase="before_headers"} 1',
    ]);
  });

  it.skipIf(!hasOpenssl())('meets a certificate it does not trust', async () => {
    const server = createTlsServer(makeCertificates().selfSigned);
    const port = await listen(server);
    scene = await clientScene();
    await expect(send(`https://127.0.0.1:${port}/`)).rejects.toThrow();
    const [line] = await scene.samples('http_client_request_errors_total');
    expect(line).toContain('error="tls"');
    server.close();
  });

  it(`is redirected counts each hop${name === 'undici' ? ', with its interceptor' : ''}`, async () => {
    scene = await clientScene();
    const url = `${scene.origin}/redirect`;
    if (name === 'fetch') await send(url);
    else {
      const agent = new Agent().compose(interceptors.redirect({ maxRedirections: 3 }));
      const { body } = await undiciRequest(url, { dispatcher: agent });
      await body.text();
      await agent.close();
    }
    await scene.shows(count, [
      `${count}{${sorted('method="GET",status_code="302",server="server"')}} 1`,
      `${count}{${sorted('method="GET",status_code="200",server="server"')}} 1`,
    ]);
  });
});

describe('a request by undici that', () => {
  it.each<[string, string, object, string, string]>([
    ['headers', '/never', { headersTimeout: 20 }, 'timeout', 'before_headers'],
    ['body', '/endless', { bodyTimeout: 20 }, 'timeout', 'after_headers'],
  ])('waits too long for its %s', async (_, path, limits, reason, phase) => {
    scene = await clientScene();
    const agent = new Agent(limits);
    const sent = async () => {
      const { body } = await undiciRequest(scene!.origin + path, { dispatcher: agent });
      await body.text();
    };
    await expect(sent()).rejects.toThrow();
    await scene.shows('http_client_request_errors_total', [
      `http_client_request_errors_total{${sorted(`method="GET",error="${reason}",server="server"`)},phase="${phase}"} 1`,
    ]);
    await agent.destroy();
  });

  it('is retried counts each try', async () => {
    scene = await clientScene();
    const agent = new RetryAgent(new Agent(), { minTimeout: 1, maxRetries: 3 });
    const { body } = await undiciRequest(`${scene.origin}/flaky`, { dispatcher: agent });
    await body.text();
    await scene.shows(count, [
      `${count}{${sorted('method="GET",status_code="503",server="server"')}} 1`,
      `${count}{${sorted('method="GET",status_code="200",server="server"')}} 1`,
    ]);
    await agent.close();
  });

  it('waits in a pipeline has its own number', async () => {
    scene = await clientScene();
    const client = new Client(scene.origin, { pipelining: 4 });
    const paths = ['/ok', '/stream', '/nothing', '/ok'];
    const bodies = paths.map(async (path) => {
      const { body } = await client.request({ method: 'GET', path });
      return body.text();
    });
    expect(await Promise.all(bodies)).toEqual(['hello', 'onetwo', 'nothing', 'hello']);
    await scene.shows(count, [
      `${count}{${sorted('method="GET",status_code="200",server="server"')}} 3`,
      `${count}{${sorted('method="GET",status_code="404",server="server"')}} 1`,
    ]);
    const size = 'http_client_response_size_bytes_sum';
    expect(await scene.samples(size)).toEqual([
      `${size}{${sorted('method="GET",status_code="200",server="server"')}} 16`,
      `${size}{${sorted('method="GET",status_code="404",server="server"')}} 7`,
    ]);
    await client.close();
  });

  it('breaks the pipeline leaves nothing in flight, nor counts the ones behind it twice', async () => {
    scene = await clientScene();
    const client = new Client(scene.origin, { pipelining: 3 });
    const sent = ['/ok', '/reset', '/ok'].map(async (path) => {
      const { body } = await client.request({ method: 'GET', path });
      await body.text();
    });
    await Promise.allSettled(sent);
    await scene.shows(count, [
      `${count}{${sorted('method="GET",status_code="200",server="server"')}} 2`,
      `${count}{${sorted('method="GET",error="reset",server="server"')}} 1`,
    ]);
    await client.close();
  });

  it.each([
    ['upgrade', 'GET', 101],
    ['connect', 'CONNECT', 200],
  ] as const)('%ss a connection counts when it does', async (how, method, status) => {
    scene = await clientScene();
    const client = new Client(scene.origin);
    const { socket } =
      how === 'upgrade'
        ? await client.upgrade({ path: '/', protocol: 'echo' })
        : await client.connect({ path: 'else:80' });
    socket.write('anything');
    await once(socket, 'data');
    await scene.shows(count, [
      `${count}{${sorted(`method="${method}",status_code="${status}",server="server"`)}} 1`,
    ]);
    socket.destroy();
    await client.destroy();
  });

  it('waits when its client is destroyed', async () => {
    scene = await clientScene();
    const client = new Client(scene.origin);
    const sent = client.request({ method: 'GET', path: '/never' });
    await asked(scene, '/never');
    const queued = client.request({ method: 'GET', path: '/ok' });
    void client.destroy();
    await Promise.allSettled([sent, queued]);
    await scene.shows('http_client_request_errors_total', [
      `http_client_request_errors_total{${sorted('method="GET",error="closed",server="server"')},phase="before_headers"} 2`,
    ]);
  });
});

describe('a WebSocket', () => {
  it('counts its handshake, with 101', async () => {
    scene = await clientScene();
    const socket = new WebSocket(scene.origin.replace('http', 'ws'));
    socket.addEventListener('error', () => {});
    await scene.shows(count, [
      `${count}{${sorted('method="GET",status_code="101",server="server"')}} 1`,
    ]);
  });
});

const order = ['method', 'server', 'status_code', 'error'];

/** In the order that a recorder has labels in. */
function sorted(labels: string): string {
  const placeOf = (label: string) => order.indexOf(label.replace(/=.*/, ''));
  return labels
    .split(',')
    .sort((a, b) => placeOf(a) - placeOf(b))
    .join(',');
}

async function asked({ asked: paths }: ClientScene, path: string): Promise<void> {
  await expect.poll(() => paths.has(path), { timeout: 20_000 }).toBe(true);
}

/** Resolves when the headers of a response have come. */
function headersCame(): Promise<void> {
  const channel = 'undici:request:headers';
  return new Promise((resolve) => {
    const listener = (): void => {
      unsubscribe(channel, listener);
      resolve();
    };
    subscribe(channel, listener);
  });
}
