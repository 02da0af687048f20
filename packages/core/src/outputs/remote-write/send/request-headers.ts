import { maskSecrets } from '../../../http-client/mask-secrets.js';
import { safeDecode } from '../../../http-client/proxy-choice.js';
import type { RequestHeaders } from '../../../http-client/request-secrets.js';
import type { WriteVersion } from '../../wire/request-parts.js';
import type { RemoteWriteOptions } from '../remote-write-options.js';

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

const ofVersion: Readonly<Record<WriteVersion, Readonly<Record<string, string>>>> = {
  1: {
    'content-type': 'application/x-protobuf',
    'x-prometheus-remote-write-version': '0.1.0',
  },
  2: {
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    'x-prometheus-remote-write-version': '2.0.0',
  },
};

/** The headers of every request of an output, `Retry-Attempt` aside. */
export function requestHeaders(
  options: RemoteWriteOptions,
  userAgent: string,
  version: WriteVersion = 1,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers)) {
    const key = name.toLowerCase();
    if (!ownHeaders.has(key)) headers[key] = value;
  }
  return {
    ...headers,
    'content-encoding': 'snappy',
    ...ofVersion[version],
    'user-agent': userAgent,
  };
}

/** Nor with its query, which may hold a token. */
export function urlWithoutCredentials(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/**
 * Takes credentials out of words a receiver or a library said, should they have echoed them: those of
 * the URL, and what was sent, which files and tokens decide.
 */
export function withoutSecrets(
  options: Pick<RemoteWriteOptions, 'url' | 'http'>,
): (words: string, sent: RequestHeaders) => string {
  const { password, searchParams } = new URL(options.url);
  const ofUrl = [password, safeDecode(password), ...searchParams.values()];
  const secretNames = new Set(
    Object.entries(options.http.headers).flatMap(([name, { secrets, files }]) =>
      secrets.length + files.length > 0 ? [name.toLowerCase()] : [],
    ),
  );
  return (words, sent) => {
    const secrets = [...ofUrl];
    for (const [name, values] of Object.entries(sent)) {
      if (!secretHeader.test(name) && !secretNames.has(name)) continue;
      for (const value of [values].flat()) secrets.push(value, ...partsOf(value));
    }
    return maskSecrets(secrets)(words);
  };
}

/** A credential without its scheme, and the password of a Basic one. */
function partsOf(value: string): string[] {
  const credential = value.replace(/^\S+\s+/, '');
  const pair = /^basic /i.test(value) ? Buffer.from(credential, 'base64').toString() : '';
  return [credential, pair.slice(pair.indexOf(':') + 1)];
}
