import { BlockList, isIP, type LookupFunction } from 'node:net';
import { HttpFailure } from './http-failure.js';

// Cloud providers serve a machine's credentials at link-local addresses (169.254.169.254): a target
// that redirects there would have the agent read them and hand out what it read as series.
const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');
// IPv4 inside IPv6: compatible, translated (RFC 6052). Mapped ones the list sees through itself.
linkLocal.addSubnet('::169.254.0.0', 112, 'ipv6');
linkLocal.addSubnet('64:ff9b::169.254.0.0', 112, 'ipv6');

/** Whether an IP address, in brackets or not, is link-local, in any spelling; false for a name. */
export function isLinkLocal(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(address);
  return family !== 0 && linkLocal.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Refuses names that resolve into link-local addresses. */
export function withoutLinkLocal(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, found, family) => {
      const addresses = typeof found === 'string' ? [found] : found.map((one) => one.address);
      if (error === null && addresses.some(isLinkLocal)) {
        callback(linkLocalRefused(hostname), '', 0);
      } else callback(error, found, family);
    });
  };
}

export function linkLocalRefused(host: string): HttpFailure {
  return new HttpFailure(
    'redirect',
    `redirect to ${host}, a link-local address, was refused; if that is wanted, set agent.allow_link_local_redirects`,
  );
}
