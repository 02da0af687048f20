import { isAbsolute, join } from 'node:path';
import type {
  AuthorizationConfig,
  BasicAuthConfig,
  HttpClientConfig,
  HttpHeaderConfig,
  OAuth2Config,
  ProxyConfig,
  SecretSource,
  TlsConfig,
} from '../../http-client/http-client-config.js';
import type { WrittenHttpClient, WrittenProxy, WrittenTls } from '../schema/http-client.js';

/** With defaults filled in, and files relative to `folder`. */
export function buildHttpClient(written: WrittenHttpClient, folder: string): HttpClientConfig {
  return {
    basicAuth: buildBasicAuth(written.basic_auth, folder),
    authorization: buildAuthorization(written, folder),
    oauth2: buildOAuth2(written.oauth2, folder),
    tls: buildTls(written.tls_config, folder),
    proxy: buildProxy(written),
    followRedirects: written.follow_redirects ?? true,
    headers: buildHeaders(written.http_headers, folder),
  };
}

/** A path as Prometheus joins it with the folder of the configuration; an empty one is none. */
export function joinFolder(folder: string, path: string): string {
  return path === '' || isAbsolute(path) ? path : join(folder, path);
}

export function sourceOf(
  text: string | undefined,
  file: string | undefined,
  folder: string,
): SecretSource | undefined {
  if (file) return { file: joinFolder(folder, file) };
  return text ? { text } : undefined;
}

function buildBasicAuth(
  written: WrittenHttpClient['basic_auth'],
  folder: string,
): BasicAuthConfig | undefined {
  if (!written) return undefined;
  return {
    username: sourceOf(written.username, written.username_file, folder) ?? { text: '' },
    password: sourceOf(written.password, written.password_file, folder),
  };
}

/** `bearer_token` and `bearer_token_file` are its names from before. */
function buildAuthorization(
  written: WrittenHttpClient,
  folder: string,
): AuthorizationConfig | undefined {
  const { authorization } = written;
  if (authorization) {
    return {
      type: authorization.type?.trim() || 'Bearer',
      credentials: sourceOf(authorization.credentials, authorization.credentials_file, folder),
    };
  }
  const credentials = sourceOf(written.bearer_token, written.bearer_token_file, folder);
  return credentials && { type: 'Bearer', credentials };
}

function buildOAuth2(
  written: WrittenHttpClient['oauth2'],
  folder: string,
): OAuth2Config | undefined {
  if (!written) return undefined;
  return {
    clientId: written.client_id,
    clientSecret: sourceOf(written.client_secret, written.client_secret_file, folder),
    tokenUrl: written.token_url,
    scopes: written.scopes ?? [],
    endpointParams: written.endpoint_params ?? {},
    tls: buildTls(written.tls_config, folder),
    proxy: buildProxy(written),
  };
}

/** TLS with nothing said of it. */
export const plainTls: TlsConfig = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  serverName: undefined,
  insecureSkipVerify: false,
  minVersion: undefined,
  maxVersion: undefined,
};

export function buildTls(
  written: WrittenTls | null | undefined,
  folder: string,
): TlsConfig | undefined {
  if (!written || Object.values(written).every((value) => !value)) return undefined;
  return {
    ca: sourceOf(written.ca, written.ca_file, folder),
    cert: sourceOf(written.cert, written.cert_file, folder),
    key: sourceOf(written.key, written.key_file, folder),
    serverName: written.server_name || undefined,
    insecureSkipVerify: written.insecure_skip_verify ?? false,
    minVersion: written.min_version || undefined,
    maxVersion: written.max_version || undefined,
  };
}

function buildProxy(written: WrittenProxy): ProxyConfig | undefined {
  const fromEnvironment = written.proxy_from_environment ?? false;
  if (!written.proxy_url && !fromEnvironment) return undefined;
  const headers = Object.entries(written.proxy_connect_header ?? {});
  return {
    url: written.proxy_url || undefined,
    noProxy: written.no_proxy ?? '',
    fromEnvironment,
    connectHeaders: Object.fromEntries(
      headers.map(([name, values]) => [name, values.map((text) => ({ text }))]),
    ),
  };
}

function buildHeaders(
  written: WrittenHttpClient['http_headers'],
  folder: string,
): Record<string, HttpHeaderConfig> {
  const headers: Record<string, HttpHeaderConfig> = {};
  for (const [name, header] of Object.entries(written ?? {})) {
    headers[name] = {
      values: header?.values ?? [],
      secrets: header?.secrets ?? [],
      files: (header?.files ?? []).map((file) => joinFolder(folder, file)),
    };
  }
  return headers;
}
