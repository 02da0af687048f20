import type { MessagePort } from 'node:worker_threads';
import { systemClock } from '../../clock.js';
import type { ShardBoot } from '../messages.js';
import { startShard } from './start-shard.js';

/** The one task of a scrape thread. */
export interface ThreadTask {
  readonly port: MessagePort;
  readonly boot: ShardBoot;
  /** Which of the agent's threads, from 0. */
  readonly thread: number;
  /** Where the thread says which target it is reading: busy-target.ts. */
  readonly busy: SharedArrayBuffer;
}

/**
 * Piscina's entry into a scrape thread. It starts the shard and returns: a task that stayed pending
 * would keep the host process alive through piscina's own port.
 */
export default function startThread({ port, boot, thread, busy }: ThreadTask): Promise<void> {
  return startShard(port, boot, thread, systemClock, busy);
}
