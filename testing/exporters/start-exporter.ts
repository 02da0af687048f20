import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export type ExporterHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** A request as it arrived. */
export interface LoggedRequest {
  readonly atMs: number;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A loopback HTTP server that stands for an exporter. */
export interface FakeExporter {
  /** `host:port`, as a target is written. */
  readonly address: string;
  readonly url: string;
  readonly requests: readonly LoggedRequest[];
  /** Cuts the open connections and listens no more. Idempotent. */
  stop(): Promise<void>;
}

export interface ExporterOptions {
  /** An address of 127/8; another one gives another host. Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
}

export async function startExporter(
  handler: ExporterHandler,
  options: ExporterOptions = {},
): Promise<FakeExporter> {
  const requests: LoggedRequest[] = [];
  const server = createServer((request, response) => {
    requests.push({ atMs: Date.now(), path: request.url ?? '', headers: request.headers });
    // A client that gives up in the middle is part of many tests.
    response.on('error', () => {});
    handler(request, response);
  });
  const host = options.host ?? '127.0.0.1';
  // Hundreds of jobs connect at once, and one that finds the queue full tries again a second later.
  server.listen({ port: options.port ?? 0, host, backlog: 4096 });
  await once(server, 'listening');
  const address = `${host}:${(server.address() as AddressInfo).port}`;
  return {
    address,
    url: `http://${address}/metrics`,
    requests,
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
