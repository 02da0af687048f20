import type { Clock } from '../../clock.js';
import type { ScrapedNow } from '../../targets/scraped-now.js';
import type { ToShard } from '../messages.js';
import { noAnswer } from '../schedule/scrape-now.js';
import { ScrapeFailure } from '../scrape-failure.js';

interface Waiting {
  readonly slot: number;
  readonly resolve: (scraped: ScrapedNow) => void;
}

/** An exporter is asked at most this often, however many ask for it. */
const sharedForMs = 1000;

/**
 * The main thread's side of scrapes on demand. Whoever reaches the port may ask: those who ask for one
 * target within a second, or while it is being scraped, have one answer.
 */
export class ScrapesOnDemand {
  readonly #clock: Clock;
  readonly #post: (slot: number, message: ToShard) => boolean;
  readonly #shared = new Map<string, Promise<ScrapedNow>>();
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  constructor(clock: Clock, post: (slot: number, message: ToShard) => boolean) {
    this.#clock = clock;
    this.#post = post;
  }

  /** Never rejects: a thread that dies meanwhile is an answer, too. */
  run(slot: number, targetId: string): Promise<ScrapedNow> {
    const shared = this.#shared.get(targetId);
    if (shared !== undefined) return shared;
    const answer = this.#ask(slot, targetId);
    this.#shared.set(targetId, answer);
    const isOver = new Promise<void>((resolve) => this.#clock.setTimer(sharedForMs, resolve));
    void Promise.all([answer, isOver]).then(() => this.#shared.delete(targetId));
    return answer;
  }

  #ask(slot: number, targetId: string): Promise<ScrapedNow> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, { slot, resolve });
      const isSent = this.#post(slot, { type: 'scrape-now', id, targetId });
      if (!isSent) this.answered(id, ended('the scrape thread is being replaced: try again'));
    });
  }

  answered(id: number, scraped: ScrapedNow): void {
    this.#waiting.get(id)?.resolve(scraped);
    this.#waiting.delete(id);
  }

  lost(slot: number): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.slot === slot) this.answered(id, ended('the scrape thread died meanwhile'));
    }
  }

  close(): void {
    for (const id of this.#waiting.keys()) this.answered(id, ended('the agent was closed'));
  }
}

function ended(message: string): ScrapedNow {
  return noAnswer(new ScrapeFailure('internal', message));
}
