import type { Clock, ClockTimer } from '../../../clock.js';
import type { PushClient } from '../client/push-client.js';
import { groupPath, type PushGroup } from '../client/push-group.js';
import type { GatewayReader } from '../gateway/gateway-reader.js';
import type { PushgatewayWriteOptions } from '../pushgateway-options.js';
import type { PushLog } from '../send/push-log.js';
import type { PushStats } from '../send/push-stats.js';
import { groupKey, type PushTimes, readPushTimes } from './push-times.js';

/** After a gateway that could not be asked. */
const retryMs = 15_000;

export interface SweeperParts {
  readonly clock: Clock;
  readonly options: Pick<PushgatewayWriteOptions, 'ttlMs' | 'timeoutMs'>;
  readonly client: PushClient;
  readonly reader: GatewayReader;
  readonly stats: PushStats;
  readonly log: PushLog;
  /** It is deleted, or another's: not this agent's any more. */
  forget(group: PushGroup): void;
}

/** A group that this agent does not push any more. */
interface LeftGroup {
  readonly group: PushGroup;
  /** Monotonic ms: when its push time is looked at first, and when for the last time. */
  readonly lookMs: number;
  dueMs: number;
  /** Its push time at the first look. */
  seen: string | undefined;
}

/**
 * Deletes groups whose target has left, after the ttl. Another thread, another member of the pool or the
 * next process may have taken the target over: the gateway is asked half-way and at the end, and a group
 * that was pushed in between is not ours any more.
 */
export class Sweeper {
  readonly #parts: SweeperParts;
  readonly #left = new Map<string, LeftGroup>();
  #timer: ClockTimer | undefined;
  #isSweeping = false;
  #isClosed = false;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
  }

  /** Groups that wait for their end. */
  get size(): number {
    return this.#left.size;
  }

  groups(): PushGroup[] {
    return Array.from(this.#left.values(), ({ group }) => group);
  }

  /** Nobody here pushes the group any more, from now on. */
  left(group: PushGroup): void {
    const { clock, options } = this.#parts;
    if (options.ttlMs === 0) return;
    const nowMs = clock.monotonicMs();
    const lookMs = nowMs + options.ttlMs / 2;
    this.#left.set(groupPath(group), {
      group,
      lookMs,
      dueMs: nowMs + options.ttlMs,
      seen: undefined,
    });
    this.#arm();
  }

  isLeft(group: PushGroup): boolean {
    return this.#left.size > 0 && this.#left.has(groupPath(group));
  }

  joined(group: PushGroup): void {
    this.#left.delete(groupPath(group));
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#left.clear();
  }

  #arm(leastMs = 0): void {
    if (this.#isSweeping || this.#isClosed) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { lookMs, dueMs, seen } of this.#left.values()) {
      nextMs = Math.min(nextMs, seen === undefined ? lookMs : dueMs);
    }
    if (nextMs === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#parts;
    const waitMs = Math.max(nextMs - clock.monotonicMs(), leastMs);
    this.#timer = clock.setTimer(waitMs, () => void this.#sweep());
  }

  async #sweep(): Promise<void> {
    this.#isSweeping = true;
    const isDone = await this.#look();
    this.#isSweeping = false;
    this.#arm(isDone ? 0 : retryMs);
  }

  /** False: the gateway could not be asked. */
  async #look(): Promise<boolean> {
    const { reader, clock, log } = this.#parts;
    const { status, words, times } = await readPushTimes(reader);
    if (status === 0 || status >= 500) {
      log.unreachable(words || `HTTP ${status}`);
      return false;
    }
    const nowMs = clock.monotonicMs();
    // Its metrics are elsewhere (--web.telemetry-path), or not for us.
    const isBlind = status !== 200;
    const due: LeftGroup[] = [];
    for (const one of this.#left.values()) {
      if (this.#isReadyToDelete(one, isBlind ? undefined : times, nowMs)) due.push(one);
    }
    for (const one of due) if (!(await this.#delete(one))) return false;
    return true;
  }

  /** `times` is undefined where the gateway does not tell: then the ttl alone decides. */
  #isReadyToDelete(one: LeftGroup, times: PushTimes | undefined, nowMs: number): boolean {
    if (one.lookMs > nowMs) return false;
    const time = times === undefined ? (one.seen ?? 'untold') : times.get(groupKey(one.group));
    if (time === undefined) {
      this.#forget(one);
      return false;
    }
    if (one.seen === undefined) {
      one.seen = time;
      one.dueMs = Math.max(one.dueMs, nowMs + this.#parts.options.ttlMs / 2);
      return false;
    }
    if (one.dueMs > nowMs) return false;
    if (time === one.seen) return true;
    this.#forget(one);
    return false;
  }

  /** False: the gateway did not answer. */
  async #delete(one: LeftGroup): Promise<boolean> {
    const { client, options, stats, log } = this.#parts;
    const { group } = one;
    // Its target may have come back while others were deleted.
    if (this.#isClosed || this.#left.get(groupPath(group)) !== one) return true;
    const { timeoutMs } = options;
    const result = await client.push({ group, method: 'DELETE', body: undefined, timeoutMs });
    if (result.outcome === 'unreachable') {
      log.unreachable(result.words);
      return false;
    }
    log.reached();
    if (result.outcome === 'pushed') stats.groupDeleted();
    else
      log.warn(
        { group: groupPath(group), error: result.words },
        'the Pushgateway does not delete a group',
      );
    if (this.#left.get(groupPath(group)) === one) this.#forget(one);
    return true;
  }

  #forget(one: LeftGroup): void {
    this.#left.delete(groupPath(one.group));
    this.#parts.forget(one.group);
  }
}
