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
