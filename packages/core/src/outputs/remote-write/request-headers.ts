import { maskSecrets } from '../../http-client/mask-secrets.js';
import { basicAuthorization, safeDecode } from '../../http-client/proxy-choice.js';
import type { RemoteWriteOptions } from './remote-write-options.js';

// Headers a user cannot set: the protocol's and the connection's own (remote write 1.0, "Protocol":
// senders must not let users override them).
const ownHeaders = new Set([
  'content-encoding',
  'content-type',
  'x-prometheus-remote-write-version',
  'user-agent',
  'retry-attempt',
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
]);
const secretHeader = /auth|key|token|secret|password|cookie/i;

/** The headers of every request of an output, `Retry-Attempt` aside. */
export function requestHeaders(
  options: RemoteWriteOptions,
  userAgent: string,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers)) {
    const key = name.toLowerCase();
    if (!ownHeaders.has(key)) headers[key] = value;
  }
  return {
    ...headers,
    'content-encoding': 'snappy',
    'content-type': 'application/x-protobuf',
    'x-prometheus-remote-write-version': '0.1.0',
    'user-agent': userAgent,
  };
}

/** Takes credentials out of words a receiver or a library said, should they have echoed them. */
export function withoutSecrets(options: RemoteWriteOptions): (words: string) => string {
  const url = new URL(options.url);
  const { basicAuth, authorization, headers } = options.http;
  const secrets = [url.password, safeDecode(url.password), basicAuthorization(url)?.slice(6)];
  for (const [name, value] of Object.entries(options.headers)) {
    if (secretHeader.test(name)) secrets.push(value, value.replace(/^\S+\s+/, ''));
  }
  for (const source of [basicAuth?.password, authorization?.credentials]) {
    if (source !== undefined && 'text' in source) secrets.push(source.text);
  }
  for (const header of Object.values(headers)) secrets.push(...header.secrets);
  for (const value of url.searchParams.values()) secrets.push(value);
  return maskSecrets(secrets);
}
