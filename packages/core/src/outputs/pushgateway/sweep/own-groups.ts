import type { Clock, ClockTimer } from '../../../clock.js';
import { groupPath, type PushGroup } from '../client/push-group.js';
import type { PushLog } from '../send/push-log.js';
import type { GroupLedger } from './group-ledger.js';
import { Sweeper, type SweeperParts } from './sweeper.js';

/** A crashed process on another machine is known by its silence. */
const adoptMs = 15_000;
const beatMs = 2_000;

/**
 * The groups this output has made on the gateway: those it pushes, and those that are to be swept.
 * With a ledger they outlive the process.
 */
export class OwnGroups {
  readonly #clock: Clock;
  readonly #ledger: GroupLedger | undefined;
  readonly #sweeper: Sweeper;
  readonly #log: PushLog;
  readonly #isPushed: (group: PushGroup) => boolean;
  readonly #joined = new Map<string, PushGroup>();
  #timer: ClockTimer | undefined;
  #adoptedMs = Number.NEGATIVE_INFINITY;

  /** @param isPushed whether a group that another process left is pushed here again already */
  constructor(
    parts: Omit<SweeperParts, 'forget'>,
    ledger: GroupLedger | undefined,
    isPushed: (group: PushGroup) => boolean,
  ) {
    this.#clock = parts.clock;
    this.#ledger = ledger;
    this.#log = parts.log;
    this.#isPushed = isPushed;
    this.#sweeper = new Sweeper({ ...parts, forget: (group) => ledger?.delete(group) });
    if (ledger !== undefined) this.#look();
  }

  /** Groups that wait to be swept. */
  get left(): number {
    return this.#sweeper.size;
  }

  /** Before its first push. */
  join(group: PushGroup): void {
    this.#joined.set(groupPath(group), group);
    this.#sweeper.joined(group);
    this.#ledger?.add(group);
  }

  /** Those that are pushed and those that are to be swept. */
  all(): PushGroup[] {
    return [...this.#joined.values(), ...this.#sweeper.groups()];
  }

  /** Before each push. */
  flush(): void {
    this.#ledger?.flush();
  }

  leave(group: PushGroup): void {
    this.#joined.delete(groupPath(group));
    this.#sweeper.left(group);
  }

  /** A push of a group that has left already: its time begins anew. */
  pushed(group: PushGroup): void {
    if (this.#sweeper.isLeft(group)) this.#sweeper.left(group);
  }

  deleted(group: PushGroup): void {
    this.#joined.delete(groupPath(group));
    this.#sweeper.joined(group);
    this.#ledger?.delete(group);
  }

  close(): void {
    this.#timer?.cancel();
    this.#sweeper.close();
    this.#ledger?.close();
  }

  #look(): void {
    const nowMs = this.#clock.nowMs();
    this.#ledger?.beat(nowMs);
    if (this.#clock.monotonicMs() - this.#adoptedMs >= adoptMs) {
      this.#adoptedMs = this.#clock.monotonicMs();
      this.#adopt(nowMs);
    }
    this.#timer = this.#clock.setTimer(beatMs, () => this.#look());
  }

  #adopt(nowMs: number): void {
    const left = (this.#ledger?.adopt(nowMs) ?? []).filter((group) => !this.#isPushed(group));
    for (const group of left) this.#sweeper.left(group);
    if (left.length === 0) return;
    this.#log.note(
      { groups: left.length },
      'an earlier process left groups on the Pushgateway: they are pushed again or deleted after ttl',
    );
  }
}
