import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher } from 'undici';

/** Idle sockets outlive the interval by this much, so that a scrape finds the last one's open. */
const keepAliveSlackMs = 5_000;

/**
 * The HTTP clients of a scrape thread: one per interval and timeout, because undici sets keep-alive
 * and connect timeouts per client. One socket per target.
 */
export class HttpClients {
  readonly #lookup: LookupFunction;
  readonly #agents = new Map<string, Agent>();

  constructor(lookup: LookupFunction) {
    this.#lookup = lookup;
  }

  for(intervalMs: number, timeoutMs: number): Dispatcher {
    const key = `${intervalMs} ${timeoutMs}`;
    let agent = this.#agents.get(key);
    if (agent === undefined) {
      agent = this.#create(intervalMs, timeoutMs);
      this.#agents.set(key, agent);
    }
    return agent;
  }

  async close(): Promise<void> {
    const agents = [...this.#agents.values()];
    this.#agents.clear();
    await Promise.all(agents.map((agent) => agent.destroy()));
  }

  #create(intervalMs: number, timeoutMs: number): Agent {
    const keepAliveMs = intervalMs + keepAliveSlackMs;
    return new Agent({
      connections: 1,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      // The scrape's own timer ends a request; a connect cannot be aborted, so it gets its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: timeoutMs, lookup: this.#lookup },
    });
  }
}
