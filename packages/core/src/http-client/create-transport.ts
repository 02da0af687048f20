import { type HttpClientConfig, plainHttpClient } from './http-client-config.js';
import { type ConnectionLimits, type HttpClientDeps, HttpTransport } from './http-transport.js';
import { OAuth2Token } from './oauth2-token.js';

/** Go's http.Transport in Prometheus keeps idle sockets of a token server this long. */
const tokenKeepAliveMs = 10_000;

/** A transport with all that a checked http_config asks for. Opens nothing before its first use. */
export function createTransport(
  config: HttpClientConfig,
  deps: HttpClientDeps,
  limits: ConnectionLimits,
): HttpTransport {
  const { oauth2 } = config;
  if (oauth2 === undefined) return new HttpTransport(config, deps, limits, undefined);
  const { tls, proxy } = oauth2;
  const tokenLimits = { keepAliveMs: tokenKeepAliveMs, connectTimeoutMs: limits.connectTimeoutMs };
  const toServer = { ...plainHttpClient, tls, proxy };
  const transport = new HttpTransport(toServer, deps, tokenLimits, undefined);
  const { clock, files, userAgent } = deps;
  return new HttpTransport(
    config,
    deps,
    limits,
    new OAuth2Token(oauth2, { clock, files, userAgent, transport }),
  );
}
