import { lookup } from 'node:dns/promises';
import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { AddressAnswer } from '../messages.js';

/** getaddrinfo tells no TTL; a kept address is asked for again after this, and served meanwhile. */
const freshMs = 30_000;
/** A name that failed is not asked for again before this. */
const failedMs = 5_000;
/** Names kept at most; the oldest goes. */
const keptNames = 10_000;

interface Known {
  answer: AddressAnswer;
  untilMs: number;
}

type Answered = (answer: AddressAnswer) => void;

/**
 * Names to addresses for all scrape threads, with at most one getaddrinfo in flight per agent: each
 * occupies one of the host's four libuv threads for as long as a dead DNS server lets it wait.
 *
 * Names that answered or were never asked go first, so that dead ones do not hold up the rest.
 */
export class NameResolver {
  readonly #clock: Clock;
  readonly #lookup: (hostname: string) => Promise<{ address: string; family: number }[]>;
  readonly #known = new Map<string, Known>();
  readonly #waiting = new Map<string, Answered[]>();
  readonly #queue: string[] = [];
  readonly #lastQueue: string[] = [];
  #running = false;
  #closed = false;

  constructor(clock: Clock, resolve = systemLookup) {
    this.#clock = clock;
    this.#lookup = resolve;
  }

  resolve(hostname: string, answered: Answered): void {
    const known = this.#known.get(hostname);
    const isFresh = known !== undefined && known.untilMs > this.#clock.monotonicMs();
    if (known !== undefined && (isFresh || 'addresses' in known.answer)) {
      answered(known.answer);
      if (isFresh) return;
      this.#ask(hostname, () => {});
      return;
    }
    this.#ask(hostname, answered);
  }

  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
    this.#lastQueue.length = 0;
    this.#waiting.clear();
  }

  #ask(hostname: string, answered: Answered): void {
    const waiting = this.#waiting.get(hostname);
    if (waiting !== undefined) {
      waiting.push(answered);
      return;
    }
    this.#waiting.set(hostname, [answered]);
    const known = this.#known.get(hostname);
    const failedBefore = known !== undefined && !('addresses' in known.answer);
    (failedBefore ? this.#lastQueue : this.#queue).push(hostname);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (;;) {
      const hostname = this.#queue.shift() ?? this.#lastQueue.shift();
      if (hostname === undefined || this.#closed) break;
      const answer = await this.#lookUp(hostname);
      this.#keep(hostname, answer);
      const waiting = this.#waiting.get(hostname) ?? [];
      this.#waiting.delete(hostname);
      for (const answered of waiting) answered(this.#known.get(hostname)?.answer ?? answer);
    }
    this.#running = false;
  }

  async #lookUp(hostname: string): Promise<AddressAnswer> {
    try {
      const found = await this.#lookup(hostname);
      return { addresses: found.map((one) => ({ ...one, family: one.family === 6 ? 6 : 4 })) };
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'ENOTFOUND';
      return { code, message: messageOf(error) };
    }
  }

  #keep(hostname: string, answer: AddressAnswer): void {
    const nowMs = this.#clock.monotonicMs();
    const before = this.#known.get(hostname);
    const failed = !('addresses' in answer);
    // A resolver that does not answer is no reason to forget where a target is; one that says the
    // name is gone (ENOTFOUND) is.
    const keepsOld =
      failed && answer.code !== 'ENOTFOUND' && before !== undefined && 'addresses' in before.answer;
    this.#known.delete(hostname);
    this.#known.set(hostname, {
      answer: keepsOld ? before.answer : answer,
      untilMs: nowMs + (failed ? failedMs : freshMs),
    });
    if (this.#known.size <= keptNames) return;
    const oldest = this.#known.keys().next().value;
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

function systemLookup(hostname: string): Promise<{ address: string; family: number }[]> {
  return lookup(hostname, { all: true });
}
