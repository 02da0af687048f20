import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Job of the service's own registry where none is configured: the name of the service's package. */
export function defaultSelfJob(): string {
  const name = process.env['npm_package_name'];
  if (name) return name;
  try {
    const read: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
    const { name: own } = read as { name?: unknown };
    if (typeof own === 'string' && own !== '') return own;
  } catch {
    // A service that is not started from its package has no name we could know.
  }
  return 'prom-agent';
}

/** Instance of the service's own registry until it is known where the service listens. */
export function defaultSelfInstance(): string {
  return hostname();
}
