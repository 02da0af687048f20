import { messageOf } from '../../errors.js';
import type { Discovery, DiscoveryUpdate, TargetGroup } from '../discovery.js';
import type { DiscoveryDeps } from '../discovery-deps.js';
import { sameUpdate } from '../same-groups.js';
import { sleep } from '../ticker.js';
import { ChangedNodes } from './changed-nodes.js';
import { type ReadMember, readNerveMember, readServersetMember } from './read-member.js';
import type { SharedConnections } from './shared-connections.js';
import { WatchedTree } from './watched-tree.js';
import type { ZooKeeperConnection } from './zookeeper-connection.js';
import type {
  NerveDiscoveryConfig,
  ServersetDiscoveryConfig,
} from './zookeeper-discovery-config.js';

export interface ZooKeeperDiscoveryDeps extends DiscoveryDeps {
  readonly zooKeepers: SharedConnections;
}

// As Prometheus, util/treecache.
const retryMs = 10_000;

const readers: Readonly<Record<'serverset' | 'nerve', ReadMember>> = {
  serverset: readServersetMember,
  nerve: readNerveMember,
};

/**
 * `serverset_sd_configs` and `nerve_sd_configs`: members that announce themselves in nodes of ZooKeeper,
 * each a target. Nodes are watched; while there is no connection the last members stay.
 */
export class ZooKeeperDiscovery implements Discovery {
  readonly kind: 'serverset' | 'nerve';
  readonly #config: ServersetDiscoveryConfig | NerveDiscoveryConfig;
  readonly #deps: ZooKeeperDiscoveryDeps;
  readonly #trees: readonly WatchedTree<TargetGroup | undefined>[];
  #missing: ReadonlySet<string> = new Set();
  #last: DiscoveryUpdate | undefined;

  constructor(
    config: ServersetDiscoveryConfig | NerveDiscoveryConfig,
    deps: ZooKeeperDiscoveryDeps,
  ) {
    this.kind = config.kind;
    this.#config = config;
    this.#deps = deps;
    this.#trees = config.paths.map(
      (path) => new WatchedTree(path, (data, node) => this.#readGroup(data, node)),
    );
  }

  async run(onUpdate: (update: DiscoveryUpdate) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { shared, leave } = this.#deps.zooKeepers.join(this.#config);
    const publish = (error: Error | undefined): void => {
      if (error === undefined) this.#reportMissing();
      else this.#deps.attemptFailed();
      const groups = error === undefined ? this.#groups() : (this.#last?.groups ?? []);
      const update = { groups, error };
      if (this.#last === undefined || !sameUpdate(this.#last, update)) onUpdate(update);
      this.#last = update;
    };
    this.#last = undefined;
    try {
      while (!signal.aborted) {
        try {
          const connection = await unlessAborted(shared.open(), signal);
          await this.#follow(connection, publish, signal);
        } catch (error) {
          if (!signal.aborted)
            publish(error instanceof Error ? error : new Error(messageOf(error)));
        }
      }
    } finally {
      await leave();
    }
  }

  /** Reads all trees and keeps them up to date until the connection is lost or the signal aborts. */
  async #follow(
    connection: ZooKeeperConnection,
    publish: (error: Error | undefined) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const changed = new ChangedNodes(connection, signal);
    try {
      for (const tree of this.#trees) await unlessAborted(tree.load(connection), signal);
      while (changed.isWatching) {
        publish(undefined);
        for (const path of await changed.next()) {
          for (const tree of this.#trees) {
            await unlessAborted(tree.refresh(path, connection), signal);
          }
        }
      }
    } catch (error) {
      // Of a lost connection is only told when there is no other: see SharedConnection.
      if (!changed.isWatching) return;
      publish(new Error(`cannot read ${this.#config.paths.join(', ')}: ${messageOf(error)}`));
      await sleep(this.#deps.clock, retryMs, signal);
    } finally {
      changed.close();
    }
  }

  /** One for each member; where trees overlap, its node is in several. */
  #groups(): TargetGroup[] {
    const groups = new Map<string, TargetGroup>();
    for (const tree of this.#trees) {
      for (const [path, group] of tree.values()) {
        if (group !== undefined && !groups.has(path)) groups.set(path, group);
      }
    }
    return [...groups.values()].sort((a, b) => (a.source < b.source ? -1 : 1));
  }

  #readGroup(data: Buffer, path: string): TargetGroup | undefined {
    // What only holds other nodes is most often empty.
    if (data.length === 0) return undefined;
    try {
      const labels = readers[this.kind](data, path);
      return { source: path, targets: [labels], labels: new Map() };
    } catch (error) {
      const fields = { path, err: messageOf(error) };
      this.#deps.logger.warn(
        fields,
        `${this.kind} discovery: a node that is no member is passed over`,
      );
      return undefined;
    }
  }

  // No error to Prometheus' users either: members may come later. But most often the path is wrong.
  #reportMissing(): void {
    const missing = new Set(this.#trees.filter(({ exists }) => !exists).map(({ root }) => root));
    for (const path of missing) {
      if (this.#missing.has(path)) continue;
      this.#deps.logger.warn(
        { path },
        `${this.kind} discovery: no such path in ZooKeeper, so no targets from it so far`,
      );
    }
    this.#missing = missing;
  }
}

/** Rejects when the signal aborts, whatever becomes of the promise. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
