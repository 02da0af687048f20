import type { Clock, ClockTimer } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Discovery, DiscoveryUpdate, TargetGroup } from './discovery.js';
import { sameGroups } from './same-groups.js';

/** Told the groups of a job whenever they change. */
export type OnGroups = (job: string, groups: readonly TargetGroup[]) => void;

// As Prometheus' discovery manager (updatert): a registry that flaps must not rebuild all targets each time.
const leastMsBetweenChanges = 5_000;

/** The discoveries of one job as one: joins their groups and holds back changes that come too fast. */
export class JobDiscovery {
  readonly #job: string;
  readonly #discoveries: readonly Discovery[];
  readonly #onGroups: OnGroups;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #updates = new Map<Discovery, DiscoveryUpdate>();
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #timer: ClockTimer | undefined;

  constructor(
    job: string,
    discoveries: readonly Discovery[],
    deps: { readonly onGroups: OnGroups; readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#job = job;
    this.#discoveries = discoveries;
    this.#onGroups = deps.onGroups;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
  }

  /** Of the discoveries that failed at their last attempt, the first one's error. */
  get lastError(): Error | undefined {
    return this.#discoveries.map((discovery) => this.#updates.get(discovery)?.error).find(Boolean);
  }

  /** Runs until the signal aborts; `onAnswer` is called once for each discovery, after its first groups. */
  async run(onAnswer: () => void, signal: AbortSignal): Promise<void> {
    await Promise.all(
      this.#discoveries.map((discovery) => this.#runOne(discovery, onAnswer, signal)),
    );
    this.#timer?.cancel();
  }

  async #runOne(discovery: Discovery, onAnswer: () => void, signal: AbortSignal): Promise<void> {
    try {
      await discovery.run((update) => {
        const isFirst = !this.#updates.has(discovery);
        this.#take(discovery, update);
        if (isFirst) onAnswer();
      }, signal);
    } catch (error) {
      // The port forbids it; a discovery that does it all the same must not stop the others.
      const fields = { job: this.#job, discovery: discovery.kind, err: messageOf(error) };
      this.#logger.error(fields, 'a discovery broke off: its targets stay as they are from now on');
      if (!this.#updates.has(discovery)) onAnswer();
    }
  }

  #take(discovery: Discovery, update: DiscoveryUpdate): void {
    const before = this.#updates.get(discovery);
    this.#updates.set(discovery, update);
    this.#logChange(discovery, before, update);
    if (before === undefined) this.#tell();
    else if (!sameGroups(before.groups, update.groups)) this.#tellSoon();
  }

  #tellSoon(): void {
    const waitMs = this.#toldAtMs + leastMsBetweenChanges - this.#clock.monotonicMs();
    if (waitMs <= 0) this.#tell();
    else this.#timer ??= this.#clock.setTimer(waitMs, () => this.#tell());
  }

  #tell(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#toldAtMs = this.#clock.monotonicMs();
    const groups = this.#discoveries.flatMap((one) => this.#updates.get(one)?.groups ?? []);
    try {
      this.#onGroups(this.#job, groups);
    } catch (error) {
      // What is made of the groups must not end the discovery that found them.
      const fields = { job: this.#job, err: messageOf(error) };
      this.#logger.error(fields, 'a job could not take what its discovery found');
    }
  }

  #logChange(
    { kind }: Discovery,
    before: DiscoveryUpdate | undefined,
    { error, groups }: DiscoveryUpdate,
  ): void {
    const fields = { job: this.#job, discovery: kind, groups: groups.length };
    if (error !== undefined && before?.error === undefined) {
      this.#logger.warn(
        { ...fields, err: error.message },
        'discovery failed: its last targets stay',
      );
    } else if (error === undefined && before?.error !== undefined) {
      this.#logger.info(fields, 'discovery works again');
    }
  }
}
