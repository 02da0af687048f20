import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/**
 * `round_robin_dns`: of a name's addresses one at random, for each connection anew, so that the lanes, and
 * the agents of a fleet, spread over all of them. Without it the first that answers is taken.
 */
export function lookupAtRandom(lookup: LookupFunction | undefined): LookupFunction {
  const all = lookup ?? (systemLookup as LookupFunction);
  return (hostname, options, callback) => {
    all(hostname, { ...options, all: true }, (error, addresses) => {
      const list = Array.isArray(addresses) ? addresses : [];
      const one = list[Math.floor(Math.random() * list.length)];
      if (error !== null || one === undefined) callback(error, addresses);
      else if (options.all === true) callback(null, [one]);
      else callback(null, one.address, one.family);
    });
  };
}
