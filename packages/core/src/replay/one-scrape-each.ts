import type { KafkaMessage } from 'kafkajs';
import { headerOf } from './message-headers.js';

/**
 * The scrapes of one request: one of each target, which may be in several messages. When such a request is
 * sent again, for nobody knows whether the receiver has it, each sample is at worst the newest that the
 * receiver has of its series, and the same once more: Prometheus takes that, while it refuses one that is
 * older and all that is in its request.
 */
export class OneScrapeEach {
  readonly #mayHoldStrangers: boolean;
  /** Of the scrape, by target. */
  readonly #timestamps = new Map<string, string>();
  #isEmpty = true;

  /** @param mayHoldStrangers whether messages that name no target may come together */
  constructor(mayHoldStrangers: boolean) {
    this.#mayHoldStrangers = mayHoldStrangers;
  }

  /** False when the message belongs to the next request; the first one always belongs to this. */
  add(message: Pick<KafkaMessage, 'headers' | 'timestamp'>): boolean {
    const target = headerOf(message, 'target');
    const isFirst = this.#isEmpty;
    this.#isEmpty = false;
    if (target === undefined) return isFirst || this.#mayHoldStrangers;
    const known = this.#timestamps.get(target);
    if (known !== undefined) return known === message.timestamp;
    this.#timestamps.set(target, message.timestamp);
    return true;
  }
}
