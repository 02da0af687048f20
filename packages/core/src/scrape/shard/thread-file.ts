import { fileURLToPath } from 'node:url';

/** Tests and TypeScript loaders run this file as source; a thread always runs the built one. */
export function threadFile(given: URL | string | undefined): string {
  if (typeof given === 'string') return given;
  const isSource = import.meta.url.endsWith('.ts');
  const beside = isSource ? '../../../dist/scrape/shard/thread-entry.js' : './thread-entry.js';
  return fileURLToPath(given ?? new URL(beside, import.meta.url));
}
