import type { Clock } from '../../clock.js';
import { SerialTasks } from '../serial-tasks.js';
import { SharedConnection, type SharedConnectionDeps } from './shared-connection.js';
import type { ZooKeeperTree } from './zookeeper-discovery-config.js';

/** A connection in use; `leave` closes it when nobody else uses it, and resolves when that is done. */
export interface JoinedConnection {
  readonly shared: SharedConnection;
  leave(): Promise<void>;
}

/** The connections of all discoveries, one for each ensemble and session timeout. */
export class SharedConnections {
  readonly #deps: SharedConnectionDeps;
  readonly #entries = new Map<string, { shared: SharedConnection; users: number }>();

  constructor(clock: Clock) {
    this.#deps = { clock, lookups: new SerialTasks() };
  }

  join({ servers, timeoutMs }: ZooKeeperTree): JoinedConnection {
    const key = JSON.stringify([timeoutMs, [...servers].sort()]);
    const shared = (): SharedConnection => new SharedConnection(servers, timeoutMs, this.#deps);
    const entry = this.#entries.get(key) ?? { shared: shared(), users: 0 };
    this.#entries.set(key, entry);
    entry.users++;
    return {
      shared: entry.shared,
      leave: async () => {
        entry.users--;
        if (entry.users > 0) return;
        this.#entries.delete(key);
        await entry.shared.close();
      },
    };
  }
}
