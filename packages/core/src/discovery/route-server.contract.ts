import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What is answered at a path. */
export interface Route {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface SeenRequest {
  readonly uri: string;
  readonly headers: IncomingHttpHeaders;
}

/** A loopback HTTP server whose answers a test sets; like Consul's, they can wait for news. */
export class RouteServer {
  readonly requests: SeenRequest[] = [];
  /** Answers carry it as `X-Consul-Index`, and questions with this `index=` wait for the next. */
  consulIndex: number | undefined;
  readonly sockets = new Set<Socket>();
  #routes: Readonly<Record<string, Route>> = {};
  readonly #held = new Set<{ uri: string; response: ServerResponse }>();
  #port = 0;
  readonly #server = createServer((request, response) => {
    const uri = request.url ?? '';
    this.requests.push({ uri, headers: request.headers });
    response.on('error', () => {});
    const asked = new URL(uri, 'http://x').searchParams.get('index');
    if (asked === null || this.consulIndex !== Number(asked)) this.#answer(uri, response);
    else {
      const held = { uri, response };
      this.#held.add(held);
      response.on('close', () => this.#held.delete(held));
    }
  });

  constructor() {
    this.#server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Questions that wait for news. */
  get held(): number {
    return this.#held.size;
  }

  /** Listens at the port it had before. */
  async start(): Promise<this> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Answers so from now on; whoever waits for news gets it. */
  serve(routes: Readonly<Record<string, Route>>): void {
    this.#routes = routes;
    if (this.consulIndex !== undefined) this.consulIndex++;
    for (const { uri, response } of this.#held) this.#answer(uri, response);
    this.#held.clear();
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(uri: string, response: ServerResponse): void {
    const route = this.#routes[uri.split('?', 1)[0]!];
    const { consulIndex } = this;
    response.writeHead(route === undefined ? 404 : (route.status ?? 200), {
      ...(consulIndex !== undefined && { 'x-consul-index': String(consulIndex) }),
      ...route?.headers,
    });
    response.end(route?.body ?? '');
  }
}
