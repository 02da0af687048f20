import type { MadeBody } from '../body/group-body.js';
import type { PushClient } from '../client/push-client.js';
import type { PushGroup } from '../client/push-group.js';
import type { PushResult } from '../client/push-request.js';
import type { GatewayVersion } from '../gateway/gateway-version.js';
import type { PushgatewayWriteOptions } from '../pushgateway-options.js';
import type { PushLog } from './push-log.js';
import type { Pushable, PushQueue } from './push-queue.js';
import type { PushStats } from './push-stats.js';

/** The state of a group that is to be pushed, as far as it is counted. */
export interface PushState {
  readonly samples: number;
  readonly timestampMs: number;
}

export interface PushedGroupParts {
  readonly client: PushClient;
  readonly version: GatewayVersion;
  readonly options: PushgatewayWriteOptions;
  readonly queue: PushQueue;
  readonly stats: PushStats;
  readonly log: PushLog;
  /** Called before each push of a group. */
  before(): void;
  /** The gateway has taken a push of the group. */
  pushed(group: PushGroup): void;
}

/** What is sent of a group, made when it is its turn. */
export type MakeBody = (version: GatewayVersion) => MadeBody | Promise<MadeBody>;

/** One group: of its states only the last counts, and each is counted once. */
export class PushedGroup implements Pushable {
  readonly group: PushGroup;
  sinceMs = 0;
  readonly #parts: PushedGroupParts;
  readonly #makeBody: MakeBody;
  /** Not sent yet. */
  #waiting: PushState | undefined;
  #sending: PushState | undefined;
  #pushed: (() => void) | undefined;

  constructor(group: PushGroup, parts: PushedGroupParts, makeBody: MakeBody) {
    this.group = group;
    this.#parts = parts;
    this.#makeBody = makeBody;
  }

  /** Samples that the gateway does not have yet. */
  get pendingSamples(): number {
    return (this.#waiting?.samples ?? 0) + (this.#sending?.samples ?? 0);
  }

  /** A newer state takes the place of one that waits. */
  update(state: PushState): void {
    const { stats, queue } = this.#parts;
    stats.appended(state.samples, state.timestampMs);
    if (this.#waiting !== undefined) stats.dropped('superseded', this.#waiting.samples);
    this.#waiting = state;
    queue.add(this);
  }

  /** Calls when no body of the group is needed any more; it must get no state after this. */
  whenPushed(pushed: () => void): void {
    this.#pushed = pushed;
    this.#tell();
  }

  /** What waits will not be sent any more. */
  drop(): void {
    this.#parts.stats.dropped('closed', this.pendingSamples);
    this.#waiting = undefined;
    this.#sending = undefined;
    this.#tell();
  }

  async push(): Promise<PushResult> {
    const { version, log } = this.#parts;
    this.#sending = this.#waiting;
    this.#waiting = undefined;
    let result = await this.#send();
    // A body that the gateway can read after all.
    if (result.outcome === 'refused' && version.learn(result.words)) result = await this.#send();
    this.#settle(result);
    this.#tell();
    if (result.outcome === 'unreachable') {
      version.forget();
      log.unreachable(result.words);
    } else log.reached();
    if (result.outcome === 'refused') log.refused(this.group, result.words);
    if (result.outcome === 'pushed') log.accepted(this.group);
    return result;
  }

  async #send(): Promise<PushResult> {
    const { client, options, stats, version, before } = this.#parts;
    const { method, timeoutMs } = options;
    const { group } = this;
    before();
    const body = await this.#makeBody(version);
    const result = await stats.push(() => client.push({ group, method, body, timeoutMs }));
    // A socket that gave up may still hold it.
    if (result.outcome !== 'unreachable') body.release?.();
    return result;
  }

  #settle({ outcome }: PushResult): void {
    const { stats, pushed } = this.#parts;
    if (outcome === 'pushed') pushed(this.group);
    const sending = this.#sending;
    this.#sending = undefined;
    // Dropped meanwhile: the output was closed.
    if (sending === undefined) return;
    if (outcome === 'pushed') stats.sent(sending.samples, sending.timestampMs);
    else if (outcome === 'refused') stats.dropped('rejected', sending.samples);
    else if (this.#waiting !== undefined) stats.dropped('superseded', sending.samples);
    else {
      stats.retried(sending.samples);
      this.#waiting = sending;
    }
  }

  #tell(): void {
    if (this.#waiting !== undefined || this.#sending !== undefined) return;
    this.#pushed?.();
    this.#pushed = undefined;
  }
}
