import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Logger } from '../logger.js';
import { decodeMessage } from './decode/decode-message.js';
import { MalformedMessage } from './decode/decoded-message.js';
import type { Deliverer } from './deliverer.js';
import { headerOf } from './message-headers.js';
import { OneScrapeEach } from './one-scrape-each.js';
import { type PreparedMessage, prepareMessage } from './prepare-message.js';
import type { ReplayOptions } from './replay-options.js';
import type { ReplayStats } from './replay-stats.js';
import { SeenSequences } from './seen-sequences.js';

/** Headers whose values together have an order of their own, counted by `seq`. */
const streamHeaders = ['target', 'epoch', 'owner', 'lane', 'replica'] as const;

/** Whose messages are the bodies of requests. */
const formatOf = { 1: 'remote_write', 2: 'remote_write_v2' } as const;

export interface PartitionReplayParts {
  readonly options: ReplayOptions;
  readonly deliverer: Deliverer;
  readonly stats: ReplayStats;
  readonly logger: Logger;
  /** All before `offset` is settled and committed. */
  settled(offset: bigint): void;
}

/** Replays the messages of one partition, in order. */
export class PartitionReplay {
  readonly #partition: number;
  readonly #parts: PartitionReplayParts;
  readonly #seen = new SeenSequences();
  /** Samples delivered since the partition was taken over. */
  #delivered = 0;

  constructor(partition: number, parts: PartitionReplayParts) {
    this.#partition = partition;
    this.#parts = parts;
  }

  /** Another member may have read on in between. */
  takenOver(): void {
    this.#delivered = 0;
  }

  /** Ends early where the consumer is stopped, or the partition is another's: the rest comes again. */
  async replay(
    payload: EachBatchPayload,
    stop: AbortSignal,
    commit: (offset: string) => Promise<void>,
  ): Promise<void> {
    const { batch, resolveOffset, isRunning, isStale } = payload;
    const messages = batch.messages;
    for (let at = 0; at < messages.length; ) {
      if (!isRunning() || isStale()) return;
      const from = at;
      const { group, samples, end } = this.#request(messages, from);
      at = end;
      if (!(await this.#parts.deliverer.deliver(this.#partition, group, stop))) return;
      this.#delivered += samples;
      this.#parts.stats.messages += at - from;
      const last = messages[at - 1]!.offset;
      // Behind the last message there may be records of transactions, which nobody is shown.
      const settled = BigInt(at === messages.length ? batch.lastOffset() : last) + 1n;
      resolveOffset(last);
      await commit(String(settled));
      this.#parts.settled(settled);
    }
  }

  /** What goes out together, from a message on. */
  #request(messages: readonly KafkaMessage[], from: number) {
    const { maxSamplesPerSend } = this.#parts.options.receiver.queue;
    // After a crash the first of them may have been delivered without being committed: as many as one request
    // holds. Of messages that name no target nobody knows whether they are of one series.
    const scrapes = new OneScrapeEach(this.#delivered >= maxSamplesPerSend);
    const group: PreparedMessage[] = [];
    let samples = 0;
    let end = from;
    while (end < messages.length && samples < maxSamplesPerSend && scrapes.add(messages[end]!)) {
      const prepared = this.#prepare(messages[end++]!);
      if (prepared === undefined) continue;
      group.push(prepared);
      samples += prepared.samples;
    }
    return { group, samples, end };
  }

  /** Undefined where nothing of it is to be sent. */
  #prepare(message: KafkaMessage): PreparedMessage | undefined {
    const { options, stats, logger } = this.#parts;
    const { offset, value, timestamp } = message;
    if (this.#isRepeat(message)) {
      stats.repeats++;
      return undefined;
    }
    try {
      const format = headerOf(message, 'format') ?? options.defaultFormat;
      if (value === null) throw new MalformedMessage('it has no value');
      const decoded = decodeMessage(format, value, Number(timestamp));
      const { message: prepared, outside, unsupported } = prepareMessage(offset, decoded, options);
      stats.samplesOutside += outside;
      stats.samplesUnsupported += unsupported;
      const isWhole = outside + unsupported === 0;
      return isWhole && format === formatOf[options.version]
        ? { ...prepared, body: value }
        : prepared;
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      stats.malformed++;
      logger.warn(
        { partition: this.#partition, offset, error: error.message },
        'a message cannot be read and is passed over',
      );
      return undefined;
    }
  }

  #isRepeat(message: KafkaMessage): boolean {
    const seq = headerOf(message, 'seq');
    if (seq === undefined || !/^\d{1,16}$/.test(seq)) return false;
    const stream = streamHeaders.map((name) => headerOf(message, name) ?? '').join('\0');
    return !this.#seen.add(stream, Number(seq), Number(message.offset));
  }
}
