import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Agent } from '../agent-api.js';
import { messageOf, PromAgentError } from '../errors.js';
import { textResponse } from './federate-endpoint.js';
import { metricsRequest } from './metrics-endpoint.js';
import { checkFields, type Kind, object } from './options/check-fields.js';
import { invalid } from './options/check-metric-text.js';
import { sendExposition } from './send-exposition.js';

/** A port for the metrics alone, so that they need not be where the service's clients are. */
export interface MetricsServerOptions {
  /** 0: any that is free, see {@link MetricsServer.port}. */
  port: number;
  /** Default `0.0.0.0`. */
  host?: string;
  /** Default `/metrics`. */
  endpoint?: string;
  /** Certificate and key, in PEM: HTTPS. Default: HTTP. */
  tls?: Pick<SecureContextOptions, 'cert' | 'key' | 'ca' | 'passphrase' | 'minVersion'>;
  /** Only who has these may read. */
  basicAuth?: { username: string; password: string };
  /** Only who has this token may read; with `basicAuth` either will do. */
  bearerToken?: string;
}

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

const nonEmpty: Kind = {
  expected: 'a text that is not empty',
  fits: (value) => typeof value === 'string' && value !== '',
};

const fields = {
  port: {
    expected: 'a port from 0 to 65535',
    fits: (value: unknown) =>
      Number.isInteger(value) && 0 <= Number(value) && Number(value) <= 65_535,
  },
  host: nonEmpty,
  endpoint: {
    expected: 'a path that begins with /',
    fits: (value: unknown) => typeof value === 'string' && value.startsWith('/'),
  },
  tls: object({ cert: 'any', key: 'any', ca: 'any', passphrase: 'any', minVersion: 'any' }),
  basicAuth: object({ username: nonEmpty, password: nonEmpty }),
  bearerToken: nonEmpty,
} satisfies Record<keyof MetricsServerOptions, Kind>;

/** Credentials that are there but are none, as of a variable that is not set, must open nothing. */
function checkOptions(options: MetricsServerOptions): void {
  checkFields('metricsServer', options, fields);
  const { port, basicAuth, tls } = options;
  const required: Record<string, unknown> = { port };
  if ('bearerToken' in options) required['bearerToken'] = options.bearerToken;
  if ('basicAuth' in options) {
    required['basicAuth'] = basicAuth;
    required['basicAuth.username'] = basicAuth?.username;
    required['basicAuth.password'] = basicAuth?.password;
  }
  if ('tls' in options) {
    required['tls.key'] = tls?.key;
    required['tls.cert'] = tls?.cert;
  }
  for (const [name, value] of Object.entries(required)) {
    if (value === undefined) throw invalid(`metricsServer.${name}`, value, 'a value');
  }
}

/** Serves the agent's metrics on a port of their own. @throws PromAgentError CONFIG_INVALID, LISTEN_FAILED */
export async function serveMetrics(
  agent: Agent,
  options: MetricsServerOptions,
  onError: (error: unknown) => void,
): Promise<MetricsServer> {
  checkOptions(options);
  const { port, host = '0.0.0.0', tls } = options;
  const isAllowed = credentialsCheck(options);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    answer(agent, options, isAllowed, request, response).catch(onError);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const words = `the metrics cannot be served on ${host}:${port}: ${messageOf(cause)}`;
    throw new PromAgentError('LISTEN_FAILED', words, { cause, data: { host, port } });
  }
  server.on('error', onError);
  // The service decides how long its process lives.
  server.unref();
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function answer(
  agent: Agent,
  { endpoint = '/metrics', basicAuth }: MetricsServerOptions,
  isAllowed: (authorization: string) => boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*/s, '');
  if (!isAllowed(request.headers.authorization ?? '')) {
    const scheme = basicAuth === undefined ? 'Bearer' : 'Basic realm="metrics", charset="UTF-8"';
    response.setHeader('www-authenticate', scheme);
    await sendExposition(request, response, textResponse(401, 'wrong or no credentials'));
  } else if (path !== endpoint) {
    await sendExposition(request, response, textResponse(404, `the metrics are at ${endpoint}`));
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    await sendExposition(request, response, textResponse(405, 'metrics are read with GET'));
  } else await sendExposition(request, response, await agent.metrics(metricsRequest(request)));
}

/** Whether a header Authorization has the credentials; compared so that its time tells nothing. */
function credentialsCheck(options: MetricsServerOptions): (authorization: string) => boolean {
  const { basicAuth, bearerToken } = options;
  const expected: Buffer[] = [];
  if (basicAuth !== undefined) {
    const pair = Buffer.from(`${basicAuth.username}:${basicAuth.password}`).toString('base64');
    expected.push(digest(`basic ${pair}`));
  }
  if (bearerToken !== undefined) expected.push(digest(`bearer ${bearerToken}`));
  if (expected.length === 0) return () => true;
  return (authorization) => {
    // The scheme's case does not matter (RFC 9110, 11.1).
    const given = digest(
      authorization.replace(/^\S+ +/, (scheme) => `${scheme.trim().toLowerCase()} `),
    );
    return expected.some((one) => timingSafeEqual(one, given));
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
