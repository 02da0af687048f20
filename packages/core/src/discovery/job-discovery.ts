import type { Clock, ClockTimer } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Discovery, DiscoveryUpdate, TargetGroup } from './discovery.js';
import { joined, sameGroups } from './same-groups.js';

/** Told the groups of a job whenever they change. */
export type OnGroups = (job: string, groups: readonly TargetGroup[]) => void;

export interface JobDiscoveryDeps {
  readonly onGroups: OnGroups;
  /** Called for each update of a discovery, its first one included. */
  readonly onUpdate: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface RunningDiscovery {
  readonly key: string;
  readonly discovery: Discovery;
  readonly stop: AbortController;
  ended: Promise<void>;
  hasAnswered: boolean;
  update: DiscoveryUpdate;
}

// As Prometheus' discovery manager (updatert): a registry that flaps must not rebuild all targets each time.
const leastMsBetweenChanges = 5_000;
const nothingYet: DiscoveryUpdate = { groups: [], error: undefined };

/** The discoveries of one job as one: joins their groups and holds back changes that come too fast. */
export class JobDiscovery {
  readonly #job: string;
  readonly #deps: JobDiscoveryDeps;
  #running: RunningDiscovery[] = [];
  /** Of discoveries that were replaced: kept until the new ones have answered. */
  #replacedGroups: readonly TargetGroup[] = [];
  readonly #ending = new Set<Promise<void>>();
  #isApplying = false;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #timer: ClockTimer | undefined;

  constructor(job: string, deps: JobDiscoveryDeps) {
    this.#job = job;
    this.#deps = deps;
  }

  /** Of the discoveries that failed at their last attempt, the first one's error. */
  get lastError(): Error | undefined {
    return this.#running.map(({ update }) => update.error).find(Boolean);
  }

  /** Discoveries that failed at their last attempt. */
  get failing(): number {
    return this.#running.filter(({ update }) => update.error !== undefined).length;
  }

  /** Whether each discovery has answered once, if only with an error. */
  get hasAnswered(): boolean {
    return this.#running.every(({ hasAnswered }) => hasAnswered);
  }

  /** What all discoveries know now. */
  get groups(): readonly TargetGroup[] {
    return joined([...this.#running.map(({ update }) => update.groups), this.#replacedGroups]);
  }

  /**
   * Starts and stops discoveries so that those of these keys run; one whose key runs already is left
   * alone. What a stopped one had found stays until the new ones have answered for the first time.
   */
  apply(wanted: ReadonlyMap<string, () => Discovery>): void {
    const before = new Map(this.#running.map((one) => [one.key, one]));
    const removed = this.#running.filter(({ key }) => !wanted.has(key));
    const started: RunningDiscovery[] = [];
    this.#running = Array.from(wanted, ([key, create]) => {
      const known = before.get(key);
      if (known !== undefined) return known;
      const one = newlyRunning(key, create());
      started.push(one);
      return one;
    });
    const replaced = removed.flatMap(({ update }) => update.groups);
    this.#replacedGroups = [...this.#replacedGroups, ...replaced];
    for (const one of removed) this.#end(one);
    this.#isApplying = true;
    for (const one of started) one.ended = this.#run(one);
    this.#isApplying = false;
    const isChanged = started.length + removed.length > 0;
    if (isChanged && this.hasAnswered) this.#tell();
    else if (started.some(({ hasAnswered }) => hasAnswered)) this.#tell();
  }

  /** Resolves when nothing is left behind; no groups are told from now on. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    for (const one of this.#running) this.#end(one);
    await Promise.all(this.#ending);
  }

  #end({ stop, ended }: RunningDiscovery): void {
    stop.abort();
    const removed: Promise<void> = ended.then(() => void this.#ending.delete(removed));
    this.#ending.add(removed);
  }

  async #run(one: RunningDiscovery): Promise<void> {
    const { discovery, stop } = one;
    try {
      await discovery.run((update) => this.#take(one, update), stop.signal);
    } catch (error) {
      // The port forbids it; a discovery that does it all the same must not stop the others.
      const fields = { job: this.#job, discovery: discovery.kind, err: messageOf(error) };
      this.#deps.logger.error(
        fields,
        'a discovery broke off: its targets stay as they are from now on',
      );
      one.hasAnswered = true;
      this.#deps.onUpdate();
    }
  }

  #take(one: RunningDiscovery, update: DiscoveryUpdate): void {
    if (one.stop.signal.aborted) return;
    const { update: before, hasAnswered } = one;
    one.update = update;
    one.hasAnswered = true;
    this.#logChange(one.discovery, before, update);
    if (!hasAnswered) this.#tell();
    else if (!sameGroups(before.groups, update.groups)) this.#tellSoon();
    this.#deps.onUpdate();
  }

  #tellSoon(): void {
    const { clock } = this.#deps;
    const waitMs = this.#toldAtMs + leastMsBetweenChanges - clock.monotonicMs();
    if (waitMs <= 0) this.#tell();
    else this.#timer ??= clock.setTimer(waitMs, () => this.#tell());
  }

  #tell(): void {
    if (this.#isApplying) return;
    if (this.hasAnswered) this.#replacedGroups = [];
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#toldAtMs = this.#deps.clock.monotonicMs();
    try {
      this.#deps.onGroups(this.#job, this.groups);
    } catch (error) {
      // What is made of the groups must not end the discovery that found them.
      const fields = { job: this.#job, err: messageOf(error) };
      this.#deps.logger.error(fields, 'a job could not take what its discovery found');
    }
  }

  #logChange({ kind }: Discovery, before: DiscoveryUpdate, { error, groups }: DiscoveryUpdate) {
    const { logger } = this.#deps;
    const fields = { job: this.#job, discovery: kind, groups: groups.length };
    if (error !== undefined && before.error === undefined) {
      logger.warn({ ...fields, err: error.message }, 'discovery failed: its last targets stay');
    } else if (error === undefined && before.error !== undefined) {
      logger.info(fields, 'discovery works again');
    }
  }
}

function newlyRunning(key: string, discovery: Discovery): RunningDiscovery {
  return {
    key,
    discovery,
    stop: new AbortController(),
    ended: Promise.resolve(),
    hasAnswered: false,
    update: nothingYet,
  };
}
