import { setMaxListeners } from 'node:events';
import { messageOf } from '../../errors.js';
import type { Discovery, DiscoveryUpdate, TargetGroup } from '../discovery.js';
import type { DiscoveryDeps } from '../discovery-deps.js';
import { sameUpdate } from '../same-groups.js';
import { sleep } from '../ticker.js';
import { ChangedNodes } from './changed-nodes.js';
import { type ReadMember, readNerveMember, readServersetMember } from './read-member.js';
import type { SharedConnections } from './shared-connections.js';
import { unlessAborted } from './unless-aborted.js';
import { WatchedTree } from './watched-tree.js';
import type { ZooKeeperConnection } from './zookeeper-connection.js';
import type {
  NerveDiscoveryConfig,
  ServersetDiscoveryConfig,
} from './zookeeper-discovery-config.js';

export interface ZooKeeperDiscoveryDeps extends DiscoveryDeps {
  readonly zooKeepers: SharedConnections;
}

type Tree = WatchedTree<TargetGroup | undefined>;

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
  readonly #trees: readonly Tree[];
  /** Why a tree could not be read last; a tree that is not here has not been tried. */
  readonly #problems = new Map<Tree, string | undefined>();
  #connectionProblem: string | undefined;
  #missing: ReadonlySet<string> = new Set();

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

  async run(onUpdate: (update: DiscoveryUpdate) => void, stop: AbortSignal): Promise<void> {
    if (stop.aborted) return;
    const signal = AbortSignal.any([stop]);
    // Each tree listens to it; Node warns of a leak from the eleventh listener on.
    setMaxListeners(0, signal);
    const { shared, leave } = this.#deps.zooKeepers.join(this.#config);
    this.#problems.clear();
    let last: DiscoveryUpdate | undefined;
    const publish = (): void => {
      const update = this.#update();
      if (update === undefined || signal.aborted) return;
      if (last === undefined || !sameUpdate(last, update)) onUpdate(update);
      last = update;
    };
    try {
      while (!signal.aborted) {
        try {
          const connection = await unlessAborted(shared.open(), signal);
          this.#connectionProblem = undefined;
          const follow = (tree: Tree): Promise<void> =>
            this.#follow(tree, connection, publish, signal);
          await Promise.all(this.#trees.map(follow));
        } catch (error) {
          if (signal.aborted) break;
          this.#deps.attemptFailed();
          this.#connectionProblem = messageOf(error);
          publish();
        }
      }
    } finally {
      await leave();
    }
  }

  /** Reads a tree and keeps it up to date until the connection is lost or the signal aborts. */
  async #follow(
    tree: Tree,
    connection: ZooKeeperConnection,
    publish: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    const changed = new ChangedNodes(connection, signal);
    const { ended } = changed;
    while (!ended.aborted) {
      try {
        await unlessAborted(tree.load(connection), ended);
        this.#problems.set(tree, undefined);
        while (!ended.aborted) {
          publish();
          await unlessAborted(tree.refresh(await changed.next(), connection), ended);
        }
      } catch (error) {
        // Of a lost connection is only told when there is no other: see SharedConnection.
        if (ended.aborted) break;
        this.#deps.attemptFailed();
        this.#problems.set(tree, `cannot read ${tree.root}: ${messageOf(error)}`);
        publish();
        await sleep(this.#deps.clock, retryMs, ended);
      }
    }
    changed.close();
  }

  /** What to tell now; undefined while there are trees that were not tried yet. */
  #update(): DiscoveryUpdate | undefined {
    const problems = [this.#connectionProblem, ...this.#problems.values()].filter(
      (problem) => problem !== undefined,
    );
    const wasTried = this.#problems.size === this.#trees.length;
    if (!wasTried && this.#connectionProblem === undefined) return undefined;
    if (problems.length === 0) this.#reportMissing();
    const error = problems.length === 0 ? undefined : new Error(problems.join('; '));
    return { groups: this.#groups(), error };
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
