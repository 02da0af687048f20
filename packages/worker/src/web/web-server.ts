import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Logger, PromAgentError } from '@prom-agent/core';
import { formatHostPort, type ListenAddress } from '../listen-address.js';
import { sendText } from './respond.js';
import type { WebState } from './route.js';
import { findRoute } from './routes.js';

/** The worker's HTTP server while it listens. */
export interface WebServer {
  readonly host: string;
  readonly port: number;
  /** Takes no more requests, waits for the running ones until the deadline, then cuts them off. */
  close(deadlineMs: number): Promise<void>;
}

/** Rejects with LISTEN_FAILED, in words, when the address cannot be had. */
export async function startWebServer(
  address: ListenAddress,
  state: WebState,
  logger: Logger,
): Promise<WebServer> {
  const server = createServer((request, response) => {
    void answer(request, response, state, logger);
  });
  await listen(server, address);
  const bound = server.address();
  return {
    host: address.host ?? '',
    port: bound !== null && typeof bound === 'object' ? bound.port : address.port,
    close: (deadlineMs) => closeServer(server, deadlineMs),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  state: WebState,
  logger: Logger,
): Promise<void> {
  try {
    const { path, query } = splitTarget(request.url ?? '/');
    const { route, id } = findRoute(path);
    if (route === undefined) {
      sendText(response, 404, 'not found: see / for what this agent serves\n');
    } else if (!route.methods.includes(request.method ?? '')) {
      response.setHeader('allow', route.methods.join(', '));
      sendText(response, 405, `${request.method} is not allowed here: use ${route.methods[0]}\n`);
    } else {
      await route.answer({ request, response, query, id, state });
    }
  } catch (error) {
    fail(request, response, error, logger);
  }
}

function fail(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  logger: Logger,
): void {
  // The reader went away: nobody is left to tell, and nothing is wrong here.
  if (response.socket === null || response.socket.destroyed) return;
  logger.error({ err: error, url: request.url }, 'request failed');
  if (response.headersSent) response.destroy();
  else sendText(response, 500, 'internal error: the log of this agent has the reason\n');
}

// Not `new URL`: a request target may be anything, and `//x` is a path here.
function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  return { path, query: new URLSearchParams(mark === -1 ? '' : target.slice(mark + 1)) };
}

function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const at = formatHostPort(host ?? '', port);
      reject(
        new PromAgentError('LISTEN_FAILED', `listen ${at}: ${explainListenError(error)}`, {
          cause: error,
          data: { host, port },
        }),
      );
    });
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
}

function explainListenError(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'address already in use — stop what listens there, or choose another with --web.listen-address';
    case 'EACCES':
      return 'permission denied — ports below 1024 are for root; choose another with --web.listen-address';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address — check --web.listen-address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no such host — check --web.listen-address';
    default:
      return error.message;
  }
}

function closeServer(server: Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
    server.close(() => {
      clearTimeout(deadline);
      resolve();
    });
    server.closeIdleConnections();
  });
}
