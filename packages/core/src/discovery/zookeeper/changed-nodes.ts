import type { ZooKeeperConnection } from './zookeeper-connection.js';

/** Collects the nodes on which something happened, until someone has time for them. */
export class ChangedNodes {
  readonly #signal: AbortSignal;
  readonly #connection: ZooKeeperConnection;
  readonly #stopListening: () => void;
  readonly #onAbort = (): void => this.#wake();
  #paths = new Set<string>();
  #wake: () => void = () => {};

  constructor(connection: ZooKeeperConnection, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
    this.#stopListening = connection.listen((path) => {
      if (path !== undefined) this.#paths.add(path);
      this.#wake();
    });
  }

  /** False once the connection is lost or the signal has aborted: nothing is told any more. */
  get isWatching(): boolean {
    return !this.#signal.aborted && this.#connection.lostBy === undefined;
  }

  /** The nodes since the last call, once there is one; none when the watching ends. */
  async next(): Promise<Iterable<string>> {
    if (this.#paths.size === 0 && this.isWatching) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const paths = this.#paths;
    this.#paths = new Set();
    return this.isWatching ? paths : [];
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#stopListening();
  }
}
