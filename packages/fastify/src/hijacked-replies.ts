import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

interface Hijackable {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

/** Calls back when a reply of the app is hijacked: Fastify has no hook for it. */
export function onHijack(app: FastifyInstance, callback: (response: ServerResponse) => void): void {
  // Fastify's own is further up the chain of prototypes, or that of who has decorated it before.
  function hijack(this: Hijackable): unknown {
    callback(this.raw);
    let above: Hijackable = this;
    do above = Object.getPrototypeOf(above);
    while (!Object.hasOwn(above, 'hijack') || above.hijack === hijack);
    return above.hijack.call(this);
  }
  try {
    app.decorateReply('hijack', hijack as never);
  } catch {
    // The app has put one of its own there: what it writes to the connection itself is not seen then.
  }
}
