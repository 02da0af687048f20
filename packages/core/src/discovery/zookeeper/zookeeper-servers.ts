import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { SerialTasks } from '../serial-tasks.js';

/** Where a server of an ensemble listens. */
export interface ServerAddress {
  readonly address: string;
  readonly port: number;
}

const defaultPort = 2181;

/** Reads `host`, `host:port` or `[::1]:port`; undefined when it is nothing of the kind. */
export function parseServer(text: string): { host: string; port: number } | undefined {
  if (isIP(text) === 6) return { host: text, port: defaultPort };
  const [, bracketed, plain, portText] = /^(?:\[(.+)\]|([^:/]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = portText === undefined ? defaultPort : Number(portText);
  const isValid = host !== undefined && port > 0 && port < 65_536;
  return isValid ? { host, port } : undefined;
}

/**
 * All addresses of a server. Names are looked up one at a time.
 * Rejects with an Error when the server is badly written or its name cannot be resolved.
 */
export async function serverAddresses(
  text: string,
  lookups: SerialTasks,
): Promise<ServerAddress[]> {
  const server = parseServer(text);
  if (server === undefined) throw new Error('expected host or host:port');
  const { host, port } = server;
  if (isIP(host) !== 0) return [{ address: host, port }];
  const found = await lookups.run(() => lookup(host, { all: true }));
  return found.map(({ address }) => ({ address, port }));
}
