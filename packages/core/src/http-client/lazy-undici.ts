import { createRequire } from 'node:module';

let loaded: typeof import('undici') | undefined;

/**
 * undici, loaded by the first request that needs it: 18 MiB in each thread (Node 20.20), which plain
 * http targets and receivers do without.
 */
export function undici(): typeof import('undici') {
  loaded ??= createRequire(import.meta.url)('undici') as typeof import('undici');
  return loaded;
}
