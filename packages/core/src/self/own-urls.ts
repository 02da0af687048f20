import { hostname, networkInterfaces } from 'node:os';

/**
 * The URLs under which a target list may name this service: any name or address of this machine with
 * the port and path it serves its metrics on.
 */
export function ownUrls(port: number, path: string): string[] {
  const hosts = new Set(['localhost', '127.0.0.1', '[::1]', hostname()]);
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family } of addresses ?? []) {
      hosts.add(family === 'IPv6' ? `[${address}]` : address);
    }
  }
  return [...hosts].map((host) => `http://${host}:${port}${path}`);
}
