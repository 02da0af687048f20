import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  request,
  type Server,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { pipeline } from 'node:stream';
import type { TlsOptions } from 'node:tls';

/** A request a proxy was asked for. */
export interface Proxied {
  readonly method: string;
  /** A URL, or host:port of a CONNECT. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** A real forwarding proxy on loopback: absolute-form requests and CONNECT tunnels. */
export class ProxyServer {
  readonly seen: Proxied[] = [];
  /** Status line and headers of a refusal, where set. */
  refusal: string | undefined;
  /** CONNECT gets no answer. */
  hangs = false;
  readonly #server: Server;

  private constructor(tls: TlsOptions | undefined) {
    const forward: RequestListener = (incoming, response) => {
      const { method = '', url = '', headers } = incoming;
      this.seen.push({ method, target: url, headers });
      const forwarded = request(url, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      forwarded.on('error', () => response.writeHead(502).end());
      incoming.pipe(forwarded);
    };
    this.#server = tls === undefined ? createServer(forward) : createTlsServer(tls, forward);
    this.#server.on('connect', (incoming, socket) => {
      socket.on('error', () => {});
      const target = incoming.url ?? '';
      this.seen.push({ method: 'CONNECT', target, headers: incoming.headers });
      if (this.hangs) return;
      if (this.refusal !== undefined) {
        socket.end(`${this.refusal}\r\n\r\n`);
        return;
      }
      const { hostname, port } = new URL(`http://${target}`);
      const upstream = connect(
        Number(port),
        hostname === 'named.test' ? '127.0.0.1' : hostname,
        () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          pipeline(socket, upstream, socket, () => {});
        },
      );
      upstream.on('error', () => socket.destroy());
    });
  }

  static async listen(tls?: TlsOptions): Promise<ProxyServer> {
    const proxy = new ProxyServer(tls);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
