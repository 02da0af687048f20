import type { TlsVersion } from '../http-client/http-client-config.js';

/** How requests are made: Prometheus' http_config. Files are relative to the working directory. */
export interface HttpClientOptions {
  /** At most one of `basicAuth`, `authorization`, `oauth2`, `bearerToken` and `bearerTokenFile`. */
  basicAuth?: BasicAuthOptions;
  /** The header `Authorization`. */
  authorization?: AuthorizationOptions;
  /** A token from an OAuth 2.0 server, by client credentials. */
  oauth2?: OAuth2Options;
  /** Old name of `authorization.credentials`. */
  bearerToken?: string;
  /** Old name of `authorization.credentialsFile`. */
  bearerTokenFile?: string;
  /** For `https`. */
  tlsConfig?: TlsOptions;
  /** Default true; credentials never follow to another host. */
  followRedirects?: boolean;
  /** Accepted without effect: requests are HTTP/1.1. */
  enableHttp2?: boolean;
  /** `http://` or `https://` URL of a proxy. Default: none. */
  proxyUrl?: string;
  /** Hosts, domains, addresses and CIDR blocks reached without the proxy, comma-separated. */
  noProxy?: string;
  /** Proxy from HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Default false. */
  proxyFromEnvironment?: boolean;
  /** Headers for the proxy's CONNECT. */
  proxyConnectHeader?: Record<string, string[]>;
  /** More headers of each request. */
  httpHeaders?: Record<string, HttpHeaderOptions>;
}

/** Of a value and its file, at most one; the file is read again when it changes. */
export interface BasicAuthOptions {
  /** Default: empty. */
  username?: string;
  /** Instead of `username`. */
  usernameFile?: string;
  /** Default: empty. */
  password?: string;
  /** Instead of `password`. */
  passwordFile?: string;
}

export interface AuthorizationOptions {
  /** Default `Bearer`. */
  type?: string;
  /** Default: none, so that the type is sent alone. */
  credentials?: string;
  /** Instead of `credentials`. */
  credentialsFile?: string;
}

export interface OAuth2Options
  extends Pick<
    HttpClientOptions,
    'tlsConfig' | 'proxyUrl' | 'noProxy' | 'proxyFromEnvironment' | 'proxyConnectHeader'
  > {
  /** Who asks. */
  clientId: string;
  /** Default: none. */
  clientSecret?: string;
  /** Instead of `clientSecret`. */
  clientSecretFile?: string;
  /** Where tokens are given, `http://` or `https://`. */
  tokenUrl: string;
  /** Of the token. Default: none. */
  scopes?: string[];
  /** More parameters of the request for a token. */
  endpointParams?: Record<string, string>;
}

export interface TlsOptions {
  /** PEM text of the authorities to trust. Default: those of Node.js. */
  ca?: string;
  /** Instead of `ca`. */
  caFile?: string;
  /** PEM text of the client's certificate, with its key. */
  cert?: string;
  /** Instead of `cert`. */
  certFile?: string;
  /** PEM text. */
  key?: string;
  /** Instead of `key`. */
  keyFile?: string;
  /** Name the certificate must have. Default: the host of the URL. */
  serverName?: string;
  /** Take any certificate. Default false. */
  insecureSkipVerify?: boolean;
  /** Default `TLS12`. */
  minVersion?: TlsVersion;
  /** Default: the newest. */
  maxVersion?: TlsVersion;
}

export interface HttpHeaderOptions {
  /** Values as they are. */
  values?: string[];
  /** Values that are never shown. */
  secrets?: string[];
  /** Files that hold a value each. */
  files?: string[];
}
