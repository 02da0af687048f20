import { createTransport } from './create-transport.js';
import type { HttpClientConfig } from './http-client-config.js';
import type { HttpClientDeps } from './http-transport.js';
import { type HttpRequest, type HttpResponse, sendRequest } from './send-request.js';

/** Prometheus keeps idle sockets for five minutes (common/config, defaultHTTPClientOptions). */
const keepAliveMs = 5 * 60_000;
const connectTimeoutMs = 10_000;

/**
 * An HTTP/1.1 client of a checked http_config: credentials, TLS, proxies and redirects are its
 * business. Holds no socket before its first request; requests may run side by side.
 */
export interface HttpClient {
  /**
   * The complete answer of any status. Redirects are followed unless the configuration says no;
   * then, and where there is no Location, the 3xx answer itself is returned.
   * @throws HttpFailure with a closed reason; its words hold no secret
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Ends requests under way (reason `connect`) and closes all sockets. */
  close(): Promise<void>;
}

export function createHttpClient(config: HttpClientConfig, deps: HttpClientDeps): HttpClient {
  const transport = createTransport(config, deps, { keepAliveMs, connectTimeoutMs });
  const { clock, userAgent } = deps;
  return {
    request: (request) =>
      sendRequest(transport, clock, {
        ...request,
        headers: { 'user-agent': userAgent, ...request.headers },
      }),
    close: () => transport.close(),
  };
}
