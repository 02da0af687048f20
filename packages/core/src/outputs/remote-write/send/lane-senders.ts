import type { Logger } from '../../../logger.js';
import { Sender, type SenderParts } from './sender.js';
import { ShardGrowth } from './shard-growth.js';

export interface LaneSendersParts extends SenderParts {
  /** The output's, for the log. */
  readonly name: string;
  readonly logger: Logger;
  addLanes(count: number): void;
}

/** One sender per lane of the queue, and more lanes when those there are cannot keep up. */
export class LaneSenders {
  readonly #parts: LaneSendersParts;
  readonly #growth: ShardGrowth;
  readonly #senders: Sender[] = [];
  /** Lanes were added, and the queue holds back what came after them. */
  #isHeld = false;
  #isClosing = false;

  constructor(parts: LaneSendersParts) {
    const { clock, options } = parts;
    this.#parts = parts;
    this.#growth = new ShardGrowth(options.maxShards, clock.monotonicMs());
    const more = (options.minShards ?? 1) - 1;
    if (more > 0) parts.addLanes(more);
    this.#addSenders();
  }

  /** Something was appended to the lane. Cheap: called per scrape. */
  wake(lane: number): void {
    this.#wakeHeld();
    this.#senders[lane]!.wake();
  }

  /** A batch left the queue; `sendMs` is how long its last request took, undefined if it was refused. */
  settled(sendMs: number | undefined): void {
    if (sendMs !== undefined) this.#grow(sendMs);
    this.#wakeHeld();
  }

  /** What was queued up to this sequence does not wait for company. */
  hurry(sequence: number): void {
    for (const sender of this.#senders) sender.hurry(sequence);
  }

  /** From now on nothing waits for company, and there are no more lanes. */
  flush(): void {
    this.#isClosing = true;
    for (const sender of this.#senders) sender.flush();
  }

  stop(): void {
    for (const sender of this.#senders) sender.stop();
  }

  #grow(sendMs: number): void {
    const { queue, clock, logger, name } = this.#parts;
    const { laneCount, isBehind } = queue;
    const more = this.#growth.sent(sendMs, laneCount, isBehind, clock.monotonicMs());
    if (more === 0 || queue.isHolding || this.#isClosing) return;
    this.#parts.addLanes(more);
    this.#addSenders();
    this.#isHeld = true;
    const fields = { output: name, shards: queue.laneCount };
    logger.debug(fields, 'remote_write sends in more shards');
  }

  #addSenders(): void {
    const { queue } = this.#parts;
    while (this.#senders.length < queue.laneCount) {
      this.#senders.push(new Sender(this.#senders.length, this.#parts));
    }
  }

  /** After the queue let go of the batches it held back, their senders do not know. */
  #wakeHeld(): void {
    if (!this.#isHeld || this.#parts.queue.isHolding) return;
    this.#isHeld = false;
    for (const sender of this.#senders) sender.wake();
  }
}
