import type { Clock, ClockTimer } from '../../clock.js';
import { nextTickMs } from '../../targets/target-phase.js';
import type { TargetEnd } from '../messages.js';
import type { ScrapeLoop } from '../schedule/scrape-loop.js';

export interface EndingTarget {
  readonly loop: ScrapeLoop;
  readonly end: TargetEnd;
  readonly timer: ClockTimer | undefined;
}

/**
 * Targets that are gone. The scrape they have in flight ends with its samples, as in Prometheus,
 * whose loops are stopped between two scrapes (scrape/scrape.go, scrapeLoop.stop). At the first tick
 * that is missing the stale markers are written; a target that moved gets none.
 */
export class EndingTargets {
  readonly #clock: Clock;
  readonly #forget: (loop: ScrapeLoop) => void;
  readonly #ending = new Map<string, EndingTarget>();

  constructor(clock: Clock, forget: (loop: ScrapeLoop) => void) {
    this.#clock = clock;
    this.#forget = forget;
  }

  get inFlight(): Promise<void>[] {
    return [...this.#ending.values()].flatMap(({ loop }) => loop.inFlight ?? []);
  }

  find(id: string): ScrapeLoop | undefined {
    return this.#ending.get(id)?.loop;
  }

  add(loop: ScrapeLoop, end: TargetEnd): void {
    const flight = loop.inFlight;
    if (flight === undefined) loop.stop();
    if (end === 'moved' && flight === undefined) {
      this.#forget(loop);
      return;
    }
    const timer = end === 'moved' ? undefined : this.#atMissingTick(loop);
    this.#ending.set(loop.plan.id, { loop, end, timer });
    if (flight !== undefined) void flight.then(() => this.#landed(loop));
  }

  /** The target is back before its markers were due; its series go on, unless another thread had them. */
  take(id: string): ScrapeLoop | undefined {
    const ending = this.#ending.get(id);
    if (ending === undefined) return undefined;
    const { loop, end, timer } = ending;
    timer?.cancel();
    this.#ending.delete(id);
    loop.stop();
    if (end !== 'moved') return loop;
    this.#forget(loop);
    return undefined;
  }

  /** No marker is written from now on. */
  close(): void {
    for (const { timer } of this.#ending.values()) timer?.cancel();
  }

  /** Gives up what is still in flight. */
  stop(): void {
    for (const { loop } of this.#ending.values()) loop.stop();
  }

  #atMissingTick(loop: ScrapeLoop): ClockTimer {
    const nowMs = this.#clock.nowMs();
    const tickMs = nextTickMs(nowMs, loop.intervalMs, loop.phaseMs);
    return this.#clock.setTimer(tickMs - nowMs, () => void this.#mark(loop, tickMs));
  }

  async #mark(loop: ScrapeLoop, tickMs: number): Promise<void> {
    await loop.inFlight;
    const { id } = loop.plan;
    if (this.#ending.get(id)?.loop !== loop) return;
    this.#ending.delete(id);
    await loop.end(tickMs);
    this.#forget(loop);
  }

  #landed(loop: ScrapeLoop): void {
    const { id } = loop.plan;
    const ending = this.#ending.get(id);
    if (ending?.loop !== loop) return;
    loop.stop();
    if (ending.end !== 'moved') return;
    this.#ending.delete(id);
    this.#forget(loop);
  }
}
