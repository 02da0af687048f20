import type { ZooKeeperConnection } from './zookeeper-connection.js';

/** Collects the nodes on which something happened, until someone has time for them. */
export class ChangedNodes {
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;
  readonly #stopListening: () => void;
  readonly #onAbort = (): void => this.#end();
  #paths = new Set<string>();
  #wake: () => void = () => {};

  constructor(connection: ZooKeeperConnection, signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
    if (signal.aborted) this.#end();
    this.#stopListening = connection.listen((path) => {
      if (path === undefined) return this.#end();
      this.#paths.add(path);
      this.#wake();
    });
  }

  /** Aborts when the connection is lost or the other signal aborts: nothing is told any more. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** The nodes since the last call, once there is one; none when the end has come. */
  async next(): Promise<ReadonlySet<string>> {
    if (this.#paths.size === 0 && !this.ended.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const paths = this.#paths;
    this.#paths = new Set();
    return paths;
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#stopListening();
  }

  #end(): void {
    this.#paths.clear();
    this.#ended.abort();
    this.#wake();
  }
}
