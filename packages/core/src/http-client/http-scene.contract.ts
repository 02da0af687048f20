import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Clock } from '../clock.js';
import { FileTexts } from './file-texts.js';
import { createHttpClient, type HttpClient } from './http-client.js';
import { type HttpClientConfig, plainHttpClient } from './http-client-config.js';
import type { HttpClientDeps } from './http-transport.js';

/** Servers and clients of one test, closed together. */
export class HttpScene {
  readonly #clock: Clock;
  readonly #servers: Server[] = [];
  readonly #others: { close(): unknown }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Base URL without a slash at its end. */
  async serve(listener: RequestListener, tls?: TlsOptions): Promise<string> {
    const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    this.#servers.push(server as Server);
    await listening(server);
    const scheme = tls === undefined ? 'http' : 'https';
    return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Answers `ok` and keeps what was asked. */
  async record(tls?: TlsOptions): Promise<{ url: string; seen: IncomingMessage[] }> {
    const seen: IncomingMessage[] = [];
    const url = await this.serve((request, response) => {
      seen.push(request);
      response.end('ok');
    }, tls);
    return { url, seen };
  }

  client(config: Partial<HttpClientConfig>, deps: Partial<HttpClientDeps> = {}): HttpClient {
    const clock = this.#clock;
    const files = new FileTexts(clock, { run: (task) => task() });
    const client = createHttpClient(
      { ...plainHttpClient, ...config },
      { clock, files, userAgent: 'test/1', ...deps },
    );
    this.closeLater(client);
    return client;
  }

  closeLater(open: { close(): unknown }): void {
    this.#others.push(open);
  }

  async close(): Promise<void> {
    for (const other of this.#others.splice(0)) await other.close();
    for (const server of this.#servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  }
}

export const limits = { timeoutMs: 5_000, maxBodyBytes: 100_000 };

function listening(server: NetServer): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
