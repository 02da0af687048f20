/**
 * Prometheus' http_config (common/config/http_config.go) as checked by the configuration, defaults
 * filled in. Plain data: crosses to the scrape threads by structured clone. Paths are absolute; a file
 * is read again when it has changed, so its secret is never part of the configuration.
 */
export interface HttpClientConfig {
  readonly basicAuth: BasicAuthConfig | undefined;
  readonly authorization: AuthorizationConfig | undefined;
  readonly oauth2: OAuth2Config | undefined;
  readonly tls: TlsConfig | undefined;
  readonly proxy: ProxyConfig | undefined;
  /** Default true; credentials never follow to another host. */
  readonly followRedirects: boolean;
  /** `http_headers`, by name as written. */
  readonly headers: Readonly<Record<string, HttpHeaderConfig>>;
}

/** Text, or a file that holds it: exactly one of the two. */
export type SecretSource = { readonly text: string } | { readonly file: string };

export interface BasicAuthConfig {
  readonly username: SecretSource;
  /** Undefined: an empty password. */
  readonly password: SecretSource | undefined;
}

export interface AuthorizationConfig {
  /** Default `Bearer`. */
  readonly type: string;
  /** Undefined: only the type is sent. */
  readonly credentials: SecretSource | undefined;
}

export interface OAuth2Config {
  readonly clientId: string;
  readonly clientSecret: SecretSource | undefined;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
  readonly endpointParams: Readonly<Record<string, string>>;
  readonly tls: TlsConfig | undefined;
  readonly proxy: ProxyConfig | undefined;
}

export type TlsVersion = 'TLS10' | 'TLS11' | 'TLS12' | 'TLS13';

export interface TlsConfig {
  readonly ca: SecretSource | undefined;
  readonly cert: SecretSource | undefined;
  readonly key: SecretSource | undefined;
  /** Name in the certificate; undefined: the URL's host. */
  readonly serverName: string | undefined;
  readonly insecureSkipVerify: boolean;
  /** Undefined: TLS12, as Go's default. */
  readonly minVersion: TlsVersion | undefined;
  readonly maxVersion: TlsVersion | undefined;
}

export interface ProxyConfig {
  /** Undefined only with `fromEnvironment`. */
  readonly url: string | undefined;
  /** Hosts, domains, addresses and CIDR blocks that are reached directly, comma-separated. */
  readonly noProxy: string;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, read when the client is made. */
  readonly fromEnvironment: boolean;
  /** Headers of the CONNECT request. */
  readonly connectHeaders: Readonly<Record<string, readonly SecretSource[]>>;
}

/** Values of one header: plain ones, secret ones, and those in files, in that order. */
export interface HttpHeaderConfig {
  readonly values: readonly string[];
  readonly secrets: readonly string[];
  readonly files: readonly string[];
}

/** What a block without any http_config field means. */
export const plainHttpClient: HttpClientConfig = {
  basicAuth: undefined,
  authorization: undefined,
  oauth2: undefined,
  tls: undefined,
  proxy: undefined,
  followRedirects: true,
  headers: {},
};
