import type { FederatedBlock, FederationQuery, ToShard } from '../messages.js';

interface Reader {
  onBlock(block: FederatedBlock | undefined, error: string | undefined): void;
}

/** The main thread's side of /federate: one stream of blocks per thread, pulled block by block. */
export class FederationStreams {
  readonly #post: (slot: number, message: ToShard) => boolean;
  readonly #readers = new Map<string, Reader>();
  #nextId = 1;

  constructor(post: (slot: number, message: ToShard) => boolean) {
    this.#post = post;
  }

  /** The thread's blocks, sorted by metric name; throws where the thread dies. */
  async *read(slot: number, query: FederationQuery): AsyncGenerator<FederatedBlock> {
    const id = this.#nextId++;
    const key = `${slot} ${id}`;
    let arrived: ((block: FederatedBlock | undefined) => void) | undefined;
    let failed: ((error: Error) => void) | undefined;
    const next = () =>
      new Promise<FederatedBlock | undefined>((resolve, reject) => {
        arrived = resolve;
        failed = reject;
      });
    this.#readers.set(key, {
      onBlock: (block, error) =>
        error === undefined ? arrived?.(block) : failed?.(new Error(error)),
    });
    try {
      let waiting = next();
      if (!this.#post(slot, { type: 'federate', id, ...query })) return;
      for (;;) {
        const block = await waiting;
        if (block === undefined) return;
        yield block;
        waiting = next();
        if (!this.#post(slot, { type: 'federate-next', id })) return;
      }
    } finally {
      if (this.#readers.delete(key)) this.#post(slot, { type: 'federate-cancel', id });
    }
  }

  received(slot: number, id: number, block: FederatedBlock | undefined, error?: string): void {
    this.#readers.get(`${slot} ${id}`)?.onBlock(block, error);
  }

  lost(slot: number): void {
    for (const [key, reader] of this.#readers) {
      if (key.startsWith(`${slot} `)) reader.onBlock(undefined, 'the scrape thread died');
    }
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.onBlock(undefined, undefined);
    this.#readers.clear();
  }
}
