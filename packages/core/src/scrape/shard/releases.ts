import type { Clock, ClockTimer } from '../../clock.js';
import type { Output } from '../../outputs/output.js';
import { nextTickMs } from '../../targets/target-phase.js';
import type { FromShard } from '../messages.js';
import type { ScrapeLoop } from '../schedule/scrape-loop.js';
import { writeSnapshot } from '../series/series-snapshot.js';

/** What the other thread needs to make a target of a snapshot before its tick. */
const takeOverMs = 20;

/** What handing over needs of the shard. */
export interface ReleaseHooks {
  readonly clock: Clock;
  readonly outputs: readonly Output[];
  post(message: FromShard, transfer?: ArrayBuffer[]): void;
  /** Stops and starts its ticks. */
  pause(loop: ScrapeLoop): void;
  resume(loop: ScrapeLoop): void;
  /** False once the target changed or went. */
  isCurrent(loop: ScrapeLoop): boolean;
  /** It is another thread's now. */
  letGo(loop: ScrapeLoop): void;
}

/**
 * Hands targets over to other threads. A target leaves right after a scrape, when what it sent has
 * left the outputs too: the next thread's samples must not overtake. If that takes until its next
 * tick, it stays.
 */
export class Releases {
  readonly #hooks: ReleaseHooks;
  readonly #asked = new Set<string>();

  constructor(hooks: ReleaseHooks) {
    this.#hooks = hooks;
  }

  /** Asked for: begins when the target has been scraped. */
  ask(targetId: string): void {
    this.#asked.add(targetId);
  }

  scraped(loop: ScrapeLoop): void {
    const { id } = loop.plan;
    if (this.#asked.delete(id)) void this.#handOver(loop);
  }

  /** The target changed or went: it is not to be handed over any more. */
  cancel(targetId: string): void {
    if (this.#asked.delete(targetId)) this.#hooks.post({ type: 'kept', targetId });
  }

  async #handOver(loop: ScrapeLoop): Promise<void> {
    const { clock, post, pause, resume, isCurrent, letGo } = this.#hooks;
    const targetId = loop.plan.id;
    const tickMs = nextTickMs(clock.nowMs(), loop.intervalMs, loop.phaseMs);
    pause(loop);
    await loop.inFlight;
    const isSent = await this.#flushed(tickMs - clock.nowMs() - takeOverMs);
    if (!isCurrent(loop) || !isSent) {
      if (isCurrent(loop)) resume(loop);
      post({ type: 'kept', targetId });
      return;
    }
    const snapshot = writeSnapshot({
      targetId,
      stampMs: loop.stampMs,
      nextTickMs: tickMs,
      samples: loop.status.lastSamples,
      series: loop.series?.handover.known() ?? [],
    });
    letGo(loop);
    post({ type: 'released', targetId, snapshot }, [snapshot.buffer]);
  }

  /** True when all that is queued in the outputs has left them within the time. */
  async #flushed(withinMs: number): Promise<boolean> {
    const { clock, outputs } = this.#hooks;
    let timer: ClockTimer | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = clock.setTimer(withinMs, () => resolve(false));
    });
    const sent = Promise.all(outputs.map((output) => output.flush())).then(() => true);
    const isSent = await Promise.race([sent, late]);
    timer?.cancel();
    return isSent;
  }
}
