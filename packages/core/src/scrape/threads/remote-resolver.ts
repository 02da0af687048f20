import type { LookupFunction } from 'node:net';
import type { AddressAnswer } from '../messages.js';

type LookupCallback = Parameters<LookupFunction>[2];

/**
 * The thread's end of the name resolver: asks the main thread, whose libuv threads are the host's,
 * once per name however many sockets wait for it.
 */
export class RemoteResolver {
  readonly #ask: (hostname: string) => void;
  readonly #waiting = new Map<string, { callback: LookupCallback; all: boolean }[]>();

  constructor(ask: (hostname: string) => void) {
    this.#ask = ask;
  }

  readonly lookup: LookupFunction = (hostname, options, callback) => {
    const waiter = { callback, all: options.all === true };
    const waiting = this.#waiting.get(hostname);
    if (waiting !== undefined) {
      waiting.push(waiter);
      return;
    }
    this.#waiting.set(hostname, [waiter]);
    this.#ask(hostname);
  };

  answer(hostname: string, answer: AddressAnswer): void {
    const waiting = this.#waiting.get(hostname) ?? [];
    this.#waiting.delete(hostname);
    for (const { callback, all } of waiting) give(hostname, answer, callback, all);
  }
}

function give(
  hostname: string,
  answer: AddressAnswer,
  callback: LookupCallback,
  all: boolean,
): void {
  const first = 'addresses' in answer ? answer.addresses[0] : undefined;
  if (!('addresses' in answer) || first === undefined) {
    const code = 'code' in answer ? answer.code : 'ENOTFOUND';
    const message = 'message' in answer ? answer.message : `${hostname} has no address`;
    callback(Object.assign(new Error(message), { code, hostname }), '', 0);
  } else if (all) callback(null, [...answer.addresses]);
  else callback(null, first.address, first.family);
}
