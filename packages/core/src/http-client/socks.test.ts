import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { hasOpenssl, makeCertificates } from './certificates.contract.js';
import { HttpScene, limits } from './http-scene.contract.js';

/** A SOCKS5 proxy on loopback that takes `user` and `p@ssw`, and sends all names to 127.0.0.1. */
class SocksServer {
  readonly asked: string[] = [];
  wantsCredentials = false;
  /** Answers of its own, in turn, instead of SOCKS. */
  says: Buffer[] = [];
  status = 0;
  readonly #server: Server = createServer((socket) => void this.#serve(socket));
  readonly #sockets = new Set<Socket>();

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    const next = () => new Promise<Buffer>((resolve) => socket.once('data', resolve));
    const greeting = await next();
    if (this.says.length > 0) {
      socket.end(this.says.shift() ?? '');
      return;
    }
    const method = this.wantsCredentials ? 2 : 0;
    socket.write(Buffer.from([5, greeting.includes(method, 2) ? method : 0xff]));
    if (method === 2 && greeting.includes(2, 2)) {
      const given = (await next()).toString('latin1');
      const isRight = given === '\x01\x04user\x05p@ssw';
      socket.write(Buffer.from([1, isRight ? 0 : 1]));
    }
    const request = await next();
    const port = request.readUInt16BE(request.length - 2);
    const host = request[3] === 1 ? [...request.subarray(4, 8)].join('.') : request.subarray(5, -2);
    this.asked.push(`${host}:${port}`);
    // A bound name, so that every length of the answer is tried.
    const bound = Buffer.concat([Buffer.from([5, this.status, 0, 3, 4]), Buffer.from('here\0\0')]);
    for (const byte of bound) socket.write(Buffer.from([byte]));
    if (this.status !== 0) return;
    const upstream = connect(port, '127.0.0.1', () => {
      socket.pipe(upstream);
      upstream.pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
  }
}

const clock = new ManualClock();
const scene = new HttpScene(clock);
let socks: SocksServer;
let host: string;

beforeEach(async () => {
  socks = new SocksServer();
  host = await socks.listen();
  scene.closeLater(socks);
});
afterEach(() => scene.close());

const through = (url: string) => ({ url, noProxy: '', fromEnvironment: false, connectHeaders: {} });

test('names go to the proxy as they are, addresses as addresses', async () => {
  const { url, seen } = await scene.record();
  const client = scene.client({ proxy: through(`socks5://${host}`) });
  const { port } = new URL(url);
  for (const target of [url, `http://named.test:${port}/a?b`]) {
    expect((await client.request({ url: target, ...limits })).body.toString()).toBe('ok');
  }
  expect(socks.asked).toEqual([`127.0.0.1:${port}`, `named.test:${port}`]);
  expect(seen.map((request) => request.url)).toEqual(['/', '/a?b']);
});

test('with user and password', async () => {
  socks.wantsCredentials = true;
  const { url } = await scene.record();
  const ask = (proxy: string) =>
    scene.client({ proxy: through(proxy) }).request({ url, ...limits });
  expect((await ask(`socks5://user:p%40ssw@${host}`)).status).toBe(200);
  await expect(ask(`socks5://user:wrong@${host}`)).rejects.toMatchObject({
    reason: 'connect',
    message: 'the SOCKS proxy refused: user name or password is wrong',
  });
  await expect(ask(`socks5://${host}`)).rejects.toMatchObject({
    reason: 'connect',
    message: 'the SOCKS proxy refused: it wants credentials',
  });
});

test.each<[name: string, prepare: () => void, says: string]>([
  ['refuses', () => (socks.status = 5), 'connection refused'],
  ['refuses in its own way', () => (socks.status = 77), 'answer 77'],
  ['is a web server', () => socks.says.push(Buffer.from('HTTP/1.1 400')), 'it speaks no SOCKS 5'],
  ['hangs up', () => socks.says.push(Buffer.alloc(1)), 'it closed the connection'],
])('a proxy that %s', async (_name, prepare, says) => {
  prepare();
  const { url } = await scene.record();
  const client = scene.client({ proxy: through(`socks5://${host}`) });
  await expect(client.request({ url, ...limits })).rejects.toMatchObject({
    reason: 'connect',
    message: `the SOCKS proxy refused: ${says}`,
  });
});

test('a proxy that is not there', async () => {
  const { url } = await scene.record();
  const client = scene.client({ proxy: through('socks5://127.0.0.1:1') });
  await expect(client.request({ url, ...limits })).rejects.toMatchObject({
    reason: 'connect',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test.skipIf(!hasOpenssl())('https (needs the openssl command)', async () => {
  const made = makeCertificates();
  const { url } = await scene.record(made.server);
  const tls = {
    ca: { text: made.ca },
    cert: undefined,
    key: undefined,
    serverName: undefined,
    insecureSkipVerify: false,
    minVersion: undefined,
    maxVersion: undefined,
  };
  const client = scene.client({ tls, proxy: through(`socks5h://${host}`) });
  const target = url.replace('127.0.0.1', 'named.test');
  expect((await client.request({ url: target, ...limits })).status).toBe(200);
  expect(socks.asked).toEqual([new URL(target).host]);
});
