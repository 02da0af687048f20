import { createRequire } from 'node:module';

let loaded: typeof import('re2js') | undefined;

/**
 * re2js, loaded by the first pattern that needs it: 2.5 MiB in each thread (Node 20.20), which plain
 * patterns do without.
 */
export function re2(): typeof import('re2js') {
  loaded ??= createRequire(import.meta.url)('re2js') as typeof import('re2js');
  return loaded;
}
