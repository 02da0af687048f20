import { type Histogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock, ClockTimer } from '../clock.js';
import type { RegistryLike, RegistryMetric } from './registry.js';

/** How long a window is; what is shown is of one to two of them. */
const windowMs = 30_000;
/** How often the loop's lag of the moment is looked at. */
const sampleMs = 1000;

interface LagRow {
  readonly name: string;
  readonly help: string;
  readonly aggregator: RegistryMetric['aggregator'];
  secondsOf(delays: Histogram, lagMs: number): number;
}

/** prom-client's names, words and aggregators: dashboards ask for them. */
const rows: readonly LagRow[] = [
  row('', 'Lag of event loop in seconds.', 'average', (_, lagMs) => lagMs * 1e6),
  row('min_', 'The minimum recorded event loop delay.', 'min', ({ min }) => min),
  row('max_', 'The maximum recorded event loop delay.', 'max', ({ max }) => max),
  row('mean_', 'The mean of the recorded event loop delays.', 'average', ({ mean }) => mean),
  row(
    'stddev_',
    'The standard deviation of the recorded event loop delays.',
    'average',
    (delays) => delays.stddev,
  ),
  ...[50, 90, 99].map((q) =>
    row(`p${q}_`, `The ${q}th percentile of the recorded event loop delays.`, 'average', (delays) =>
      delays.percentile(q),
    ),
  ),
];

function row(
  part: string,
  help: string,
  aggregator: LagRow['aggregator'],
  nanosecondsOf: LagRow['secondsOf'],
): LagRow {
  const secondsOf: LagRow['secondsOf'] = (delays, lagMs) => nanosecondsOf(delays, lagMs) / 1e9;
  return { name: `nodejs_eventloop_lag_${part}seconds`, help, aggregator, secondsOf };
}

/**
 * The event loop's lag under prom-client's names. Unlike there a scrape neither measures itself, for
 * samples are taken beside it, nor takes anything from the next scraper: the windows are the clock's.
 */
export class EventLoopLag {
  readonly #clock: Clock;
  /** Two, for one cannot be read and go on where it is to forget: the shown one is the older. */
  #shown = monitorEventLoopDelay({ resolution: 10 });
  #next = monitorEventLoopDelay({ resolution: 10 });
  #windowStartMs: number;
  #lagMs = 0;
  #timer: ClockTimer | undefined;

  /** Takes the place of prom-client's in the registry. */
  constructor(registry: RegistryLike, clock: Clock) {
    this.#clock = clock;
    this.#windowStartMs = clock.monotonicMs();
    this.#shown.enable();
    this.#next.enable();
    this.#sampleLater();
    for (const { name, help, aggregator, secondsOf } of rows) {
      registry.removeSingleMetric(name);
      const get = () => {
        const value = secondsOf(this.#shown, this.#lagMs);
        return { name, help, type: 'gauge' as const, aggregator, values: [{ value, labels: {} }] };
      };
      const reset = () => this.#reset();
      registry.registerMetric({ name, help, type: 'gauge', aggregator, get, reset } as never);
    }
  }

  /** Lets go of the timers; the metrics stay as they are. */
  close(): void {
    this.#timer?.cancel();
    this.#shown.disable();
    this.#next.disable();
  }

  #sampleLater(): void {
    const dueMs = this.#clock.monotonicMs() + sampleMs;
    this.#timer = this.#clock.setTimer(sampleMs, () => {
      const nowMs = this.#clock.monotonicMs();
      this.#lagMs = Math.max(nowMs - dueMs, 0);
      if (nowMs - this.#windowStartMs >= windowMs) this.#nextWindow(nowMs);
      this.#sampleLater();
    });
  }

  #nextWindow(nowMs: number): void {
    this.#shown.reset();
    [this.#shown, this.#next] = [this.#next, this.#shown];
    this.#windowStartMs = nowMs;
  }

  #reset(): void {
    this.#shown.reset();
    this.#next.reset();
  }
}
