import type {
  HttpClientConfig,
  HttpHeaderConfig,
  OAuth2Config,
  ProxyConfig,
  SecretSource,
  TlsConfig,
} from '../../http-client/http-client-config.js';
import { compact, masked, type Shown, shownMap, shownUrl } from './shown-values.js';

/** The fields of a http_config. */
export function showHttpClient(http: HttpClientConfig): Shown {
  const { basicAuth, authorization } = http;
  return {
    ...(basicAuth && {
      basic_auth: compact({
        ...showPlain('username', basicAuth.username),
        ...showSecret('password', basicAuth.password),
      }),
    }),
    ...(authorization && {
      authorization: {
        type: authorization.type,
        ...showSecret('credentials', authorization.credentials),
      },
    }),
    ...(http.oauth2 && { oauth2: showOAuth2(http.oauth2) }),
    ...(http.tls && { tls_config: showTls(http.tls) }),
    follow_redirects: http.followRedirects,
    ...showProxy(http.proxy),
    ...compact({ http_headers: showHeaders(http.headers) }),
  };
}

export function showSecret(name: string, source: SecretSource | undefined): Shown {
  if (source === undefined) return {};
  return 'file' in source ? { [`${name}_file`]: source.file } : { [name]: masked };
}

function showPlain(name: string, source: SecretSource | undefined): Shown {
  if (source === undefined) return {};
  return 'file' in source ? { [`${name}_file`]: source.file } : { [name]: source.text };
}

function showOAuth2(oauth2: OAuth2Config): Shown {
  return {
    client_id: oauth2.clientId,
    ...showSecret('client_secret', oauth2.clientSecret),
    token_url: shownUrl(oauth2.tokenUrl),
    ...compact({
      scopes: oauth2.scopes,
      endpoint_params: shownMap(oauth2.endpointParams),
      tls_config: oauth2.tls && showTls(oauth2.tls),
    }),
    ...showProxy(oauth2.proxy),
  };
}

export function showTls(tls: TlsConfig): Shown {
  return {
    ...showPlain('ca', tls.ca),
    ...showPlain('cert', tls.cert),
    ...showSecret('key', tls.key),
    ...compact({ server_name: tls.serverName }),
    insecure_skip_verify: tls.insecureSkipVerify,
    ...compact({ min_version: tls.minVersion, max_version: tls.maxVersion }),
  };
}

function showProxy(proxy: ProxyConfig | undefined): Shown {
  if (proxy === undefined) return {};
  const headers = Object.entries(proxy.connectHeaders);
  return compact({
    proxy_url: proxy.url && shownUrl(proxy.url),
    no_proxy: proxy.noProxy,
    proxy_from_environment: proxy.fromEnvironment,
    proxy_connect_header: Object.fromEntries(
      headers.map(([name, values]) => [name, values.map(() => masked)]),
    ),
  });
}

function showHeaders(headers: Readonly<Record<string, HttpHeaderConfig>>): Shown {
  const shown = Object.entries(headers).map(([name, { values, secrets, files }]) => [
    name,
    compact({ values, secrets: secrets.map(() => masked), files }),
  ]);
  return Object.fromEntries(shown);
}
