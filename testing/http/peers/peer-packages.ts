import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The packages that prom-agent is compared with are those of the benchmarks. */
const bench = new URL('../../../bench/', import.meta.url);
const benchRequire = createRequire(new URL('package.json', bench));

const folderOf = (name: string): URL => new URL(`node_modules/${name}/`, bench);

// biome-ignore lint/suspicious/noExplicitAny: each has types of its own, some have none.
export function requirePeer(name: string): any {
  return benchRequire(name);
}

/** The prom-client that the package itself writes to. */
export function promClientOf(name: string): typeof import('prom-client') {
  const entry = benchRequire.resolve(name);
  return createRequire(entry)('prom-client') as typeof import('prom-client');
}

export function versionOf(name: string): string {
  const text = readFileSync(new URL('package.json', folderOf(name)), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
