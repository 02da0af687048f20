import type { ProxyConfig } from './http-client-config.js';
import { noProxyRules } from './no-proxy.js';

/** A proxy as a request needs it. */
export interface HttpProxy {
  readonly url: URL;
  /** `Proxy-Authorization` of the user and password in its URL. */
  readonly authorization: string | undefined;
}

/** The proxy for a URL; undefined: reached directly. */
export type ProxyChoice = (url: URL) => HttpProxy | undefined;

const direct: ProxyChoice = () => undefined;

/**
 * As net/http's ProxyURL and httpproxy.FromEnvironment: `proxy_url` without `no_proxy` takes
 * everything, loopback too; any list of exceptions excepts loopback as well.
 */
export function proxyChoice(
  config: ProxyConfig | undefined,
  environment: NodeJS.ProcessEnv,
): ProxyChoice {
  if (config === undefined) return direct;
  if (config.fromEnvironment) return fromEnvironment(environment);
  const proxy = parseProxy(config.url ?? '');
  if (proxy === undefined) return direct;
  if (config.noProxy === '') return () => proxy;
  const isDirect = noProxyRules(config.noProxy);
  return (url) => (isDirect(url.hostname, portOf(url)) ? undefined : proxy);
}

function fromEnvironment(environment: NodeJS.ProcessEnv): ProxyChoice {
  const read = (name: string) => environment[name] || environment[name.toLowerCase()] || '';
  const http = parseProxy(read('HTTP_PROXY'));
  const https = parseProxy(read('HTTPS_PROXY'));
  if (http === undefined && https === undefined) return direct;
  const isDirect = noProxyRules(read('NO_PROXY'));
  return (url) => {
    const proxy = url.protocol === 'https:' ? https : http;
    return proxy === undefined || isDirect(url.hostname, portOf(url)) ? undefined : proxy;
  };
}

function parseProxy(text: string): HttpProxy | undefined {
  if (text === '') return undefined;
  const url = parse(/^(https?|socks5h?):\/\//i.test(text) ? text : `http://${text}`);
  if (url === undefined) return undefined;
  return { url, authorization: basicAuthorization(url) };
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

export function isSocks({ url }: HttpProxy): boolean {
  return url.protocol.startsWith('socks5');
}

export function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

/** The `Basic` credentials of a URL's user and password; undefined when it has none. */
export function basicAuthorization(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  return basic(safeDecode(url.username), safeDecode(url.password));
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

// A URL may hold a bare %; then it means itself.
export function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
