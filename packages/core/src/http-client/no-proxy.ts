import { BlockList, isIP } from 'node:net';

/** What a request to one address would be excused by. `host` is lower case, without brackets. */
type Excuse = (host: string, port: string) => boolean;

/**
 * The rules of NO_PROXY as golang.org/x/net/http/httpproxy reads them: whether a host and port are
 * reached directly. Entries that make no sense are passed over.
 */
export function noProxyRules(noProxy: string): (host: string, port: string) => boolean {
  const excuses: Excuse[] = [];
  for (const part of noProxy.split(',')) {
    const entry = part.trim().toLowerCase();
    if (entry === '*') return () => true;
    const excuse = entry === '' ? undefined : (ofBlock(entry) ?? ofHost(entry));
    if (excuse !== undefined) excuses.push(excuse);
  }
  return (host, port) => {
    const name = host.replace(/^\[|\]$/g, '').toLowerCase();
    // Never through a proxy, whatever the list says.
    if (name === 'localhost' || loopback.check(name, familyOf(name))) return true;
    return excuses.some((excuse) => excuse(name, port));
  };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function ofBlock(entry: string): Excuse | undefined {
  const [address = '', bits = '', ...rest] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return undefined;
  if (Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  const block = new BlockList();
  block.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return (host) => isIP(host) !== 0 && block.check(host, familyOf(host));
}

function ofHost(entry: string): Excuse | undefined {
  const { host, port } = splitPort(entry);
  if (host === '') return undefined;
  const fits = (other: string) => port === '' || port === other;
  if (isIP(host) !== 0) {
    const one = new BlockList();
    one.addAddress(host, familyOf(host));
    return (name, other) => isIP(name) !== 0 && one.check(name, familyOf(name)) && fits(other);
  }
  const domain = toAscii(host.startsWith('*.') ? host.slice(1) : host);
  // A leading dot takes subdomains alone.
  if (domain.startsWith('.')) return (name, other) => name.endsWith(domain) && fits(other);
  return (name, other) => (name === domain || name.endsWith(`.${domain}`)) && fits(other);
}

function splitPort(entry: string): { host: string; port: string } {
  const bracketed = /^\[(.*)\]:(\d*)$/.exec(entry);
  if (bracketed !== null) return { host: bracketed[1]!, port: bracketed[2]! };
  const plain = /^([^:]*):([^:]*)$/.exec(entry);
  if (plain !== null) return { host: plain[1]!, port: plain[2]! };
  return { host: entry, port: '' };
}

/** URLs hold international names in ASCII; the dot before them is no part of them. */
function toAscii(domain: string): string {
  const dot = domain.startsWith('.') ? '.' : '';
  try {
    return dot + new URL(`http://${domain.slice(dot.length)}`).hostname;
  } catch {
    return domain;
  }
}
