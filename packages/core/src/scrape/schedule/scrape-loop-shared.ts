import type { ParsedBody } from '../../exposition/parsed-body.js';
import type { PartsReceiver } from '../batch/hand-over-parts.js';
import type { BusyTarget } from '../busy-target.js';
import type { BodyBuffers } from '../fetch/body-buffer.js';
import type { Deadlines } from '../fetch/deadlines.js';
import type { HttpClients } from '../fetch/http-clients.js';
import type { Inflater } from '../fetch/inflater.js';
import type { MemoryAccount } from '../memory-account.js';
import type { ShardCounters } from '../messages.js';
import type { FailureLogs } from '../shard/failure-logs.js';
import type { ScrapeLoop } from './scrape-loop.js';

/** What all loops of a shard share. */
export interface ScrapeLoopShared extends PartsReceiver {
  readonly deadlines: Deadlines;
  readonly clients: HttpClients;
  readonly buffers: BodyBuffers;
  readonly inflater: Inflater;
  readonly memory: MemoryAccount;
  /** What the running scrape has parsed; one that takes its time keeps it and leaves another. */
  parsed: ParsedBody;
  readonly counters: ShardCounters;
  readonly userAgent: string;
  readonly failureLogs: FailureLogs;
  readonly busy: BusyTarget;
  /** Told when a scrape has ended and its status stands. */
  scraped(loop: ScrapeLoop): void;
}
