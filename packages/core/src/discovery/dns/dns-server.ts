import { isIP } from 'node:net';

/** A name server. */
export interface DnsServer {
  /** An IP address: finding it must not need another name server. */
  readonly address: string;
  readonly port: number;
}

const defaultPort = 53;

/**
 * Reads `10.0.0.2`, `10.0.0.2:5353`, `fe80::1%eth0` or `[::1]:53`; undefined when it is nothing of
 * the kind.
 */
export function parseDnsServer(text: string): DnsServer | undefined {
  if (isIP(text) !== 0) return { address: text, port: defaultPort };
  const [, bracketed, plain, portText] = /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  const port = portText === undefined ? defaultPort : Number(portText);
  const isValid = isIP(address) === (bracketed === undefined ? 4 : 6) && port > 0 && port < 65_536;
  return isValid ? { address, port } : undefined;
}
