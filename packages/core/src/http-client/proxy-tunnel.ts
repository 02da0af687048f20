import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import type { Clock } from '../clock.js';
import { HttpFailure } from './http-failure.js';
import type { HttpProxy } from './proxy-choice.js';

/** A proxy's answer to CONNECT is a status line and a few headers. */
const longestAnswerBytes = 16 * 1024;

export interface TunnelOptions {
  readonly proxy: HttpProxy;
  /** host:port, an IPv6 address in brackets. */
  readonly to: string;
  /** `proxy_connect_header`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly connect: buildConnector.connector;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * A socket through an HTTP proxy (RFC 9110, 9.3.6).
 * @throws HttpFailure `connect`, `timeout`; what the socket to the proxy says
 */
export async function openTunnel(options: TunnelOptions): Promise<Socket> {
  const { proxy, to, headers } = options;
  const socket = await connectTo(proxy.url, options.connect);
  const lines = [`CONNECT ${to} HTTP/1.1`, `Host: ${to}`];
  if (proxy.authorization !== undefined) lines.push(`Proxy-Authorization: ${proxy.authorization}`);
  for (const [name, value] of headers) {
    if (/[\r\n\0]/.test(name + value)) {
      socket.destroy();
      throw new HttpFailure(
        'credentials',
        `proxy_connect_header ${JSON.stringify(name)} holds a line break`,
      );
    }
    lines.push(`${name}: ${value}`);
  }
  socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  try {
    await readAnswer(socket, options);
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  }
  return socket;
}

/** A socket to the proxy itself. */
export function connectTo(url: URL, connect: buildConnector.connector): Promise<Socket> {
  const { protocol, hostname, host, port } = url;
  const at = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), host, port };
  return new Promise((resolve, reject) => {
    connect(at, (error, socket) => (error === null ? resolve(socket) : reject(error)));
  });
}

function readAnswer(socket: Socket, { clock, timeoutMs }: TunnelOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    const settle = (failure?: HttpFailure): void => {
      timer.cancel();
      socket.removeListener('data', onData);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      if (failure === undefined) resolve();
      else reject(failure);
    };
    const refuse = (words: string, cause?: unknown) =>
      settle(new HttpFailure('connect', words, cause));
    const timer = clock.setTimer(timeoutMs, () =>
      settle(new HttpFailure('timeout', `the proxy did not answer CONNECT within ${timeoutMs} ms`)),
    );
    const onData = (chunk: Buffer): void => {
      answer = Buffer.concat([answer, chunk]);
      const end = answer.indexOf('\r\n\r\n');
      if (end < 0) {
        if (answer.length > longestAnswerBytes) refuse('the proxy answers CONNECT without end');
        return;
      }
      const status = /^HTTP\/1\.[01] (\d{3})([^\r\n]*)/.exec(answer.toString('latin1', 0, end));
      if (status?.[1]?.startsWith('2')) {
        socket.pause();
        if (answer.length > end + 4) socket.unshift(answer.subarray(end + 4));
        settle();
      } else
        refuse(
          `the proxy refused CONNECT: ${status === null ? 'no HTTP' : status[1]! + status[2]!}`,
        );
    };
    const onError = (error: Error): void => refuse(`the proxy: ${error.message}`, error);
    const onClose = (): void => refuse('the proxy closed the connection on CONNECT');
    socket.on('data', onData);
    socket.once('error', onError);
    socket.once('close', onClose);
  });
}
