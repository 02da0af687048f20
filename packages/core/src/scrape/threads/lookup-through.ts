import type { LookupFunction } from 'node:net';
import type { NameResolver } from './name-resolver.js';
import { RemoteResolver } from './remote-resolver.js';

/** The resolver of the scrape threads for sockets of the main thread: one lookup at a time for all. */
export function lookupThrough(resolver: NameResolver): LookupFunction {
  const waiting = new RemoteResolver((hostname) => {
    resolver.resolve(hostname, (answer) => waiting.answer(hostname, answer));
  });
  return waiting.lookup;
}
