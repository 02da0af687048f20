import type { Clock, PushClient, PushGroup, PushResult } from '@prom-agent/core/push-client';

export interface LatestPushOptions {
  readonly client: Pick<PushClient, 'push'>;
  readonly group: PushGroup;
  readonly method: 'PUT' | 'POST';
  /** Of one try. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly onResult: (result: PushResult) => void;
}

/** Between tries while the gateway is not reached, doubling. */
const leastWaitMs = 1_000;
const mostWaitMs = 30_000;

/**
 * Pushes the newest state of a group, one push at a time, until the gateway has it: a state that is
 * followed by another before it could be pushed is never sent.
 */
export class LatestPush {
  readonly #options: LatestPushOptions;
  #waiting: Uint8Array | undefined;
  #working: Promise<void> | undefined;
  #wake: () => void = () => {};
  #isClosing = false;

  constructor(options: LatestPushOptions) {
    this.#options = options;
  }

  put(bytes: Uint8Array): void {
    this.#waiting = bytes;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** Tries once more what waits still; resolves when that is done. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake();
    await this.#working;
  }

  async #work(): Promise<void> {
    for (let waitMs = leastWaitMs; this.#waiting !== undefined; ) {
      const bytes = this.#waiting;
      const isLastTry = this.#isClosing;
      const result = await this.#push(bytes);
      if (result.outcome !== 'unreachable') {
        waitMs = leastWaitMs;
        if (this.#waiting === bytes) this.#waiting = undefined;
        continue;
      }
      if (isLastTry) return;
      await this.#wait(Math.max(waitMs, result.retryAfterMs));
      waitMs = Math.min(waitMs * 2, mostWaitMs);
    }
  }

  async #push(bytes: Uint8Array): Promise<PushResult> {
    const { client, group, method, timeoutMs, onResult } = this.#options;
    const body = { bytes, format: 'text' } as const;
    const result = await client.push({ group, method, timeoutMs, body });
    onResult(result);
    return result;
  }

  #wait(ms: number): Promise<void> {
    if (this.#isClosing) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer(ms, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
