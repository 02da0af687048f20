import type { PoolBlock } from '../config/agent-config.js';
import { Rendezvous } from './ownership.js';

/**
 * A pool whose members are counted in the configuration: this one is number `member` of `members`.
 * Their names are `"0"` to `"n-1"`, and the view never changes.
 */
export class StaticMembership {
  readonly #self: string;
  readonly #members: Rendezvous;

  constructor(pool: PoolBlock) {
    this.#self = String(pool.static.member);
    this.#members = new Rendezvous(Array.from({ length: pool.static.members }, (_, i) => `${i}`));
  }

  /** Whether this member scrapes the target. */
  owns(targetId: string): boolean {
    return this.#members.ownerOf(targetId) === this.#self;
  }
}
