import type { Output } from '../../outputs/output.js';
import type { SeriesMaker } from '../batch/series-maker.js';
import type { MemoryAccount } from '../memory-account.js';

/** Accounts what targets share: the queues of the outputs, and what their series have in common. */
export class SharedBytes {
  readonly #memory: MemoryAccount;
  readonly #outputs: readonly Output[];
  readonly #maker: SeriesMaker;
  #accountedBytes = 0;

  constructor(memory: MemoryAccount, outputs: readonly Output[], maker: SeriesMaker) {
    this.#memory = memory;
    this.#outputs = outputs;
    this.#maker = maker;
  }

  /** A queue that fills in an outage takes from what bodies may use; once a second is often enough. */
  account(): void {
    this.#memory.give(this.#accountedBytes);
    const queues = this.#outputs.reduce((sum, output) => sum + output.memoryBytes, 0);
    this.#accountedBytes = queues + this.#maker.memoryBytes;
    this.#memory.force(this.#accountedBytes);
    this.#makeRoom();
  }

  /** Bodies are refused already; what is left to give way is the oldest of the fullest queue. */
  #makeRoom(): void {
    const tooMany = this.#memory.usedBytes - this.#memory.limitBytes;
    if (tooMany <= 0) return;
    const fullest = [...this.#outputs].sort((a, b) => b.memoryBytes - a.memoryBytes)[0];
    fullest?.makeRoom(tooMany);
  }
}
