import { isIP, type Socket } from 'node:net';
import type { buildConnector } from 'undici';
import type { Clock } from '../clock.js';
import { HttpFailure } from './http-failure.js';
import { type HttpProxy, safeDecode } from './proxy-choice.js';
import { connectTo } from './proxy-tunnel.js';

const defaultPort = 1080;
const noCredentials = 0;
const usernamePassword = 2;

// RFC 1928, section 6.
const refusals: Readonly<Record<number, string>> = {
  1: 'general failure',
  2: 'not allowed',
  3: 'network unreachable',
  4: 'host unreachable',
  5: 'connection refused',
  6: 'TTL expired',
  7: 'command not supported',
  8: 'address type not supported',
};

export interface SocksOptions {
  readonly proxy: HttpProxy;
  readonly hostname: string;
  readonly port: string;
  readonly connect: buildConnector.connector;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * A socket through a SOCKS5 proxy (RFC 1928, RFC 1929). The name is the proxy's to resolve, as with
 * Go's http.Transport.
 * @throws HttpFailure `connect`, `timeout`; what the socket to the proxy says
 */
export async function openSocksTunnel(options: SocksOptions): Promise<Socket> {
  const { hostname, port: ownPort, username, password } = options.proxy.url;
  const at = new URL(`http://${hostname}:${ownPort || defaultPort}`);
  const socket = await connectTo(at, options.connect);
  const answers = new Answers(socket, options);
  try {
    const hasCredentials = username !== '' || password !== '';
    const methods = hasCredentials ? [noCredentials, usernamePassword] : [noCredentials];
    socket.write(Buffer.from([5, methods.length, ...methods]));
    const [version, method] = await answers.take(2);
    if (version !== 5) throw refused('it speaks no SOCKS 5');
    if (method === usernamePassword && hasCredentials) {
      socket.write(credentialsOf(username, password));
      const [, status] = await answers.take(2);
      if (status !== 0) throw refused('user name or password is wrong');
    } else if (method !== noCredentials) throw refused('it wants credentials');
    socket.write(Buffer.concat([Buffer.from([5, 1, 0]), addressOf(options)]));
    const [, status, , type] = await answers.take(4);
    if (status !== 0) throw refused(refusals[status!] ?? `answer ${status}`);
    await answers.take(await boundAddressBytes(type!, answers));
    answers.end();
    return socket;
  } catch (error) {
    answers.end();
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  }
}

/** Bytes of the address the proxy tells of its own end, and of the port behind it. */
async function boundAddressBytes(type: number, answers: Answers): Promise<number> {
  if (type === 1) return 6;
  if (type === 4) return 18;
  if (type !== 3) throw refused('it speaks no SOCKS 5');
  const [length] = await answers.take(1);
  return length! + 2;
}

function credentialsOf(username: string, password: string): Buffer {
  const texts = [safeDecode(username), safeDecode(password)].map((text) => Buffer.from(text));
  if (texts.some((text) => text.length > 255)) throw refused('its credentials are too long');
  return Buffer.concat([Buffer.from([1]), ...texts.flatMap(withLength)]);
}

function addressOf({ hostname, port }: SocksOptions): Buffer {
  const host = hostname.replace(/^\[|\]$/g, '');
  const end = Buffer.from([Number(port) >> 8, Number(port) & 0xff]);
  if (isIP(host) === 4)
    return Buffer.concat([Buffer.from([1, ...host.split('.').map(Number)]), end]);
  return Buffer.concat([Buffer.from([3]), ...withLength(Buffer.from(host)), end]);
}

function withLength(text: Buffer): Buffer[] {
  return [Buffer.from([text.length]), text];
}

function refused(words: string): HttpFailure {
  return new HttpFailure('connect', `the SOCKS proxy refused: ${words}`);
}

/** What the proxy says, taken in pieces of known length. */
class Answers {
  readonly #socket: Socket;
  readonly #timer: { cancel(): void };
  #bytes = Buffer.alloc(0);
  #failure: HttpFailure | undefined;
  #changed: () => void = () => {};

  constructor(socket: Socket, { clock, timeoutMs }: SocksOptions) {
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.on('error', this.#onEnd);
    socket.on('close', this.#onEnd);
    this.#timer = clock.setTimer(timeoutMs, () => {
      const words = `the SOCKS proxy did not answer within ${timeoutMs} ms`;
      this.#fail(new HttpFailure('timeout', words));
    });
  }

  async take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  end(): void {
    this.#timer.cancel();
    this.#socket.pause();
    this.#socket.removeListener('data', this.#onData);
    this.#socket.removeListener('error', this.#onEnd);
    this.#socket.removeListener('close', this.#onEnd);
    if (this.#bytes.length > 0) this.#socket.unshift(this.#bytes);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#changed();
  };

  readonly #onEnd = (): void => this.#fail(refused('it closed the connection'));

  #fail(failure: HttpFailure): void {
    this.#failure ??= failure;
    this.#changed();
  }
}
