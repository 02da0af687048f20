import { type Clock, withinMs } from '../../clock.js';
import { PromAgentError } from '../../errors.js';
import type { HttpClientDeps } from '../../http-client/http-transport.js';
import type { Logger } from '../../logger.js';
import type { OutputStatus } from '../output.js';
import { PushClient } from './client/push-client.js';
import { groupPath, type PushGroup } from './client/push-group.js';
import { GatewayReader } from './gateway/gateway-reader.js';
import { GatewayVersion } from './gateway/gateway-version.js';
import type { PushgatewayWriteOptions } from './pushgateway-options.js';
import { PushLog } from './send/push-log.js';
import { PushQueue } from './send/push-queue.js';
import { PushStats } from './send/push-stats.js';
import { type MakeBody, PushedGroup, type PushedGroupParts } from './send/pushed-group.js';
import { GroupLedger, type LedgerStore } from './sweep/group-ledger.js';
import { OwnGroups } from './sweep/own-groups.js';

const deletesAtOnce = 4;

export interface PushgatewayParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly http: HttpClientDeps;
  /** Undefined: after a crash nobody knows which groups were this agent's. */
  readonly ledgerStore: LedgerStore | undefined;
}

/** One gateway and the groups that an output has there: what both sources of pushes need. */
export class GroupPushes {
  readonly #options: PushgatewayWriteOptions;
  readonly #clock: Clock;
  readonly #log: PushLog;
  readonly #stats: PushStats;
  readonly #queue: PushQueue;
  readonly #client: PushClient;
  readonly #reader: GatewayReader;
  readonly #version: GatewayVersion;
  readonly #own: OwnGroups;
  /** By path; of two targets with the same labels both. */
  readonly #groups = new Map<string, Set<PushedGroup>>();
  readonly #shared: PushedGroupParts;
  #isLedgerFailing = false;
  #hasWarnedOfTwins = false;

  constructor(options: PushgatewayWriteOptions, parts: PushgatewayParts) {
    const { clock, logger, http } = parts;
    this.#options = options;
    this.#clock = clock;
    this.#log = new PushLog(options.name, logger, clock);
    this.#stats = new PushStats(clock);
    this.#queue = new PushQueue(clock);
    this.#client = new PushClient(options, http);
    this.#reader = new GatewayReader(options, http);
    this.#version = new GatewayVersion(this.#reader);
    const shared = { client: this.#client, options, stats: this.#stats, log: this.#log };
    this.#own = new OwnGroups(
      { ...shared, clock, reader: this.#reader },
      this.#openLedger(parts.ledgerStore),
      (group) => this.#groups.has(groupPath(group)),
    );
    this.#shared = {
      ...shared,
      version: this.#version,
      queue: this.#queue,
      before: () => this.#own.flush(),
      pushed: (group) => this.#own.pushed(group),
    };
  }

  get log(): PushLog {
    return this.#log;
  }

  /** A group that is pushed from now on. */
  add(group: PushGroup, makeBody: MakeBody): PushedGroup {
    const path = groupPath(group);
    const twins = this.#groups.get(path) ?? new Set();
    this.#own.join(group);
    const pushed = new PushedGroup(group, this.#shared, makeBody);
    this.#groups.set(path, twins.add(pushed));
    if (twins.size > 1) this.#warnOfTwins(path);
    return pushed;
  }

  /** It gets no state any more; one that waits still goes out. */
  remove(pushed: PushedGroup): void {
    const { group } = pushed;
    const path = groupPath(group);
    const twins = this.#groups.get(path);
    twins?.delete(pushed);
    if (twins === undefined || twins.size > 0) return;
    this.#groups.delete(path);
    this.#log.left(group);
    this.#own.leave(group);
  }

  settled(): Promise<void> {
    return this.#queue.settled();
  }

  status(): OutputStatus {
    const { name, url } = this.#options;
    const { origin, pathname } = new URL(url);
    const { refusedGroups } = this.#log;
    const groups = { alive: this.#groups.size, refused: refusedGroups, left: this.#own.left };
    const { oldestMs } = this.#queue;
    const ageMs = oldestMs === undefined ? 0 : this.#clock.monotonicMs() - oldestMs;
    return {
      ...this.#stats.status(groups, this.#version.takesUtf8Names),
      name,
      url: origin + pathname.replace(/\/$/, ''),
      protocolVersion: 'pushgateway',
      queueBytes: 0,
      bytesSent: this.#client.bytesSent,
      queueSamples: this.#queue.pendingSamples,
      queueOldestMs: oldestMs === undefined ? 0 : this.#clock.nowMs() - ageMs,
    };
  }

  /** A last push of what waits, and by option the end of all groups; by the deadline. */
  async close(deadlineMs: number): Promise<void> {
    const endMs = this.#clock.monotonicMs() + deadlineMs;
    const deletes = this.#options.onClose === 'delete';
    await this.#queue.drain(deletes ? deadlineMs / 2 : deadlineMs);
    this.#dropLeft();
    if (deletes) {
      await withinMs(this.#clock, endMs - this.#clock.monotonicMs(), this.#deleteAll());
    }
    this.#own.close();
    await Promise.all([this.#client.close(), this.#reader.close()]);
  }

  #dropLeft(): void {
    const samples = this.#queue.pendingSamples;
    for (const group of this.#queue.stop()) group.drop();
    if (samples === 0) return;
    this.#log.warn(
      { samples },
      'pushgateway_write had samples left when its time to stop was over; the groups keep what was pushed last',
    );
  }

  async #deleteAll(): Promise<void> {
    const groups = this.#own.all();
    let failures = 0;
    const deleteNext = async (): Promise<void> => {
      for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
        const { timeoutMs } = this.#options;
        const result = await this.#client.push({
          group,
          method: 'DELETE',
          body: undefined,
          timeoutMs,
        });
        if (result.outcome === 'pushed') {
          this.#own.deleted(group);
          this.#stats.groupDeleted();
        } else failures++;
      }
    };
    await Promise.all(Array.from({ length: deletesAtOnce }, deleteNext));
    if (failures === 0) return;
    this.#log.warn({ groups: failures }, 'groups could not be deleted and stay on the Pushgateway');
  }

  #warnOfTwins(group: string): void {
    if (this.#hasWarnedOfTwins) return;
    this.#hasWarnedOfTwins = true;
    this.#log.warn(
      { group },
      'targets with the same labels share a group: each replaces what the other pushed',
    );
  }

  #openLedger(store: LedgerStore | undefined): GroupLedger | undefined {
    if (store === undefined || this.#options.ttlMs === 0) return undefined;
    const failed = (error: string): void => this.#ledgerFailed(error);
    try {
      return new GroupLedger(this.#options, store, failed);
    } catch (error) {
      // The start of the agent has looked at the directory: it was lost since.
      if (!PromAgentError.is(error) || error.code !== 'QUEUE_UNUSABLE') throw error;
      failed(error.message);
      return undefined;
    }
  }

  #ledgerFailed(error: string): void {
    if (this.#isLedgerFailing) return;
    this.#isLedgerFailing = true;
    this.#log.warn(
      { error },
      'the groups on the Pushgateway cannot be written down: a crash leaves them there',
    );
  }
}
