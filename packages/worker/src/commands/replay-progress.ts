import type { ReplayStatus } from '@prom-agent/core/replay';
import type { Logger } from 'pino';

const barEveryMs = 200;
const lineEveryMs = 10_000;
const barChars = 24;
/** The rate is that of the last seconds, so that it tells what comes next. */
const rateOverMs = 10_000;

interface Moment {
  readonly atMs: number;
  readonly messages: number;
  readonly samples: number;
}

/** How fast it goes, and how long it still takes. */
export class ReplayPace {
  readonly #moments: Moment[] = [];

  /** @param atMs monotonic */
  look(status: ReplayStatus, atMs: number) {
    const samples = settledSamples(status);
    const { messages, messagesLeft } = status;
    this.#moments.push({ atMs, messages, samples });
    while (this.#moments.length > 2 && atMs - this.#moments[0]!.atMs > rateOverMs) {
      this.#moments.shift();
    }
    const first = this.#moments[0]!;
    const seconds = (atMs - first.atMs) / 1000;
    const perSecond = (now: number, then: number) => (seconds > 0 ? (now - then) / seconds : 0);
    const messagesPerSecond = perSecond(messages, first.messages);
    return {
      samplesPerSecond: perSecond(samples, first.samples),
      secondsLeft: messagesPerSecond > 0 ? messagesLeft / messagesPerSecond : undefined,
    };
  }
}

/** Shows how a replay goes: a bar where the standard error is a terminal, else lines of the log. */
export function showProgress(status: () => ReplayStatus, logger: Logger): { end(): void } {
  const isTerminal = process.stderr.isTTY === true;
  const pace = new ReplayPace();
  const show = (): void => {
    const now = status();
    const { samplesPerSecond, secondsLeft } = pace.look(now, performance.now());
    if (isTerminal) {
      const bar = progressBar(now, samplesPerSecond, secondsLeft);
      process.stderr.write(`\r${bar.slice(0, (process.stderr.columns ?? 120) - 1)}\u001b[K`);
      return;
    }
    logger.info(
      {
        messages: now.messages,
        samples: now.samplesSent,
        samplesPerSecond: Math.round(samplesPerSecond),
        messagesLeft: now.messagesLeft,
        ...(secondsLeft !== undefined && { secondsLeft: Math.ceil(secondsLeft) }),
      },
      'replaying',
    );
  };
  // Not unref'ed: while the receiver fails, nothing else keeps the process.
  const timer = setInterval(show, isTerminal ? barEveryMs : lineEveryMs);
  return {
    end() {
      clearInterval(timer);
      if (isTerminal) process.stderr.write('\r\u001b[K');
    },
  };
}

export function progressBar(
  { messages, messagesLeft, samplesSent }: ReplayStatus,
  samplesPerSecond: number,
  secondsLeft: number | undefined,
): string {
  const all = messages + messagesLeft;
  const share = all === 0 ? 0 : messages / all;
  const full = Math.floor(share * barChars);
  const bar = `${'='.repeat(full)}${full < barChars ? '>' : ''}`.padEnd(barChars);
  const counts = `${count(messages)} messages, ${count(messagesLeft)} left, ${count(samplesSent)} samples`;
  const eta = secondsLeft === undefined ? '' : `, ${durationText(secondsLeft)} to go`;
  return `[${bar}] ${Math.floor(share * 100)}%  ${counts}, ${count(Math.round(samplesPerSecond))}/s${eta}`;
}

/** What the receiver has taken, refused, or what was not for it. */
export function settledSamples(status: ReplayStatus): number {
  const { samplesSent, samplesRejected, samplesOutside, samplesUnsupported } = status;
  return samplesSent + samplesRejected + samplesOutside + samplesUnsupported;
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${whole % 60}s`;
  return `${Math.floor(whole / 3600)}h${Math.floor((whole % 3600) / 60)}m`;
}
