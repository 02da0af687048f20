import type { ZooKeeperConnection } from './zookeeper-connection.js';

interface TreeNode<T> {
  readonly data: Buffer;
  readonly children: readonly string[];
  /** What the data was read as. */
  readonly value: T;
}

// Two requests each; bounds what is in flight, and how long the host's loop is held at a time.
const nodesAtATime = 100;

/** A copy of a node and everything below it, kept up to date by watches. */
export class WatchedTree<T> {
  readonly root: string;
  readonly #read: (data: Buffer, path: string) => T;
  #nodes = new Map<string, TreeNode<T>>();

  /** @param read called for each node's data, when it is new or has changed */
  constructor(root: string, read: (data: Buffer, path: string) => T) {
    this.root = root;
    this.#read = read;
  }

  /** Whether the root itself is there. */
  get exists(): boolean {
    return this.#nodes.has(this.root);
  }

  /** By path, almost in order: a server lists children in no order, and what came later comes last. */
  *values(): Iterable<readonly [path: string, value: T]> {
    for (const [path, { value }] of this.#nodes) yield [path, value];
  }

  /** Reads everything anew; what was known stays as it is until all of it is read. */
  async load(connection: ZooKeeperConnection): Promise<void> {
    const nodes = new Map<string, TreeNode<T>>();
    await this.#readAll([this.root], nodes, connection);
    this.#nodes = new Map([...nodes].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Reads nodes again on which something happened, those that are ours, and what is new below them. */
  async refresh(paths: Iterable<string>, connection: ZooKeeperConnection): Promise<void> {
    const ours = [...paths].filter((path) => path === this.root || this.#nodes.has(path));
    await this.#readAll(ours, this.#nodes, connection);
  }

  async #readAll(
    unread: string[],
    nodes: Map<string, TreeNode<T>>,
    connection: ZooKeeperConnection,
  ): Promise<void> {
    while (unread.length > 0) {
      const batch = unread.splice(-nodesAtATime);
      const found = await Promise.all(batch.map((path) => this.#readNode(path, nodes, connection)));
      for (const newChildren of found) unread.push(...newChildren);
    }
  }

  /** The paths of children that are not known yet. */
  async #readNode(
    path: string,
    nodes: Map<string, TreeNode<T>>,
    connection: ZooKeeperConnection,
  ): Promise<string[]> {
    const [data, children] = await Promise.all([
      connection.getData(path),
      connection.getChildren(path),
    ]);
    if (data === undefined || children === undefined) {
      remove(path, nodes);
      // Of another node that comes back, the watch on its parent tells.
      const isThereAgain = path === this.root && (await connection.exists(path));
      return isThereAgain ? [path] : [];
    }
    const before = nodes.get(path);
    const known = nodes.get(path) ?? this.#nodes.get(path);
    const value = known?.data.equals(data) ? known.value : this.#read(data, path);
    nodes.set(path, { data, children, value });
    const names = new Set(children);
    for (const name of before?.children ?? []) {
      if (!names.has(name)) remove(childPath(path, name), nodes);
    }
    return children.map((name) => childPath(path, name)).filter((child) => !nodes.has(child));
  }
}

function remove<T>(path: string, nodes: Map<string, TreeNode<T>>): void {
  const unremoved = [path];
  for (let one = unremoved.pop(); one !== undefined; one = unremoved.pop()) {
    for (const name of nodes.get(one)?.children ?? []) unremoved.push(childPath(one, name));
    nodes.delete(one);
  }
}

function childPath(path: string, name: string): string {
  return path === '/' ? `/${name}` : `${path}/${name}`;
}
