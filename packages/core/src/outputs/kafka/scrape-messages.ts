import type { Clock } from '../../clock.js';
import type { ScrapeBatch } from '../scrape-batch.js';
import type { Fragment } from '../wire/fragment.js';
import { createValueEncoder } from './create-value-encoder.js';
import type { KafkaWriteOptions } from './kafka-options.js';
import { MessageBuilder, type MessageHead, messageHead } from './message-builder.js';
import { seqStep } from './split-message.js';
import { topicOf } from './topic-template.js';
import type { KeptPart, ValueEncoder } from './value-encoder.js';

/** Of a message's value, as headers and key take some of the topic's limit. */
const roomForHeaders = 4096;
const noLabels: ReadonlyMap<string, string> = new Map();

/** Who scrapes: what the headers say of it. */
export interface KafkaSource {
  /** The agent that owns the target, and since when (pool view). */
  readonly owner: string;
  readonly epoch: number;
  /** What has an order of its own: the scrape thread. */
  readonly lane: string;
  readonly replica: number;
}

/** What is known of a target between its scrapes. */
export interface WrittenTarget {
  readonly topic: string;
  readonly head: MessageHead;
  /** By the place of a part; of most targets there is one. */
  readonly parts: KeptPart[];
}

/** Makes messages of scrapes: one each, more where it is too large for the topic. */
export class ScrapeMessages {
  readonly #options: KafkaWriteOptions;
  readonly #source: KafkaSource;
  readonly #clock: Clock;
  readonly #encoder: ValueEncoder;
  readonly #builder = new MessageBuilder();
  readonly #targets = new Map<string, WrittenTarget>();
  #seq = 0;

  constructor(options: KafkaWriteOptions, source: KafkaSource, clock: Clock) {
    this.#options = options;
    this.#source = source;
    this.#clock = clock;
    this.#encoder = createValueEncoder(options);
  }

  get memoryBytes(): number {
    return this.#encoder.memoryBytes + this.#builder.memoryBytes;
  }

  targetOf({ targetId, targetLabels = noLabels }: ScrapeBatch): WrittenTarget {
    let target = this.#targets.get(targetId);
    if (target === undefined) {
      const topic = topicOf(this.#options.topic, targetLabels);
      target = { topic, head: this.#headOf(targetId, targetLabels), parts: [] };
      this.#targets.set(targetId, target);
    }
    return target;
  }

  /** Calls `emit` with each message, a frame of the queue that is valid until `emit` returns. */
  make(
    batch: ScrapeBatch,
    target: WrittenTarget,
    maxMessageBytes: number,
    emit: (message: Fragment) => void,
  ): void {
    const builder = this.#builder;
    const prefixBytes = this.#encoder.prefix?.bytes.length ?? 0;
    const mostBytes = maxMessageBytes - roomForHeaders - prefixBytes;
    builder.begin();
    this.#encoder.encode(batch, this.#partOf(target, batch), (piece) => {
      if (builder.valueBytes > 0 && builder.valueBytes + piece.bytes.length > mostBytes) {
        emit(this.#finish(batch, target));
        builder.begin();
      }
      builder.add(piece);
    });
    if (builder.valueBytes > 0) emit(this.#finish(batch, target));
  }

  /** What is kept of the target's series is of no use any more. */
  reset(target: WrittenTarget): void {
    for (const part of target.parts.splice(0)) this.#encoder.forget(part);
  }

  forget(targetId: string): void {
    const target = this.#targets.get(targetId);
    if (target === undefined) return;
    this.reset(target);
    this.#targets.delete(targetId);
  }

  #finish({ timestampMs }: ScrapeBatch, { head }: WrittenTarget): Fragment {
    const { prefix, isSnappy } = this.#encoder;
    if (prefix !== undefined) this.#builder.prepend(prefix);
    return this.#builder.finish(head, this.#nextSeq(), Math.floor(timestampMs), isSnappy);
  }

  /** By the clock, so that it goes on rising after a restart and in another thread. */
  #nextSeq(): number {
    this.#seq = Math.max(this.#seq + seqStep, Math.floor(this.#clock.nowMs() * 1000));
    return this.#seq;
  }

  #partOf({ parts }: WrittenTarget, { place }: ScrapeBatch): KeptPart {
    const { index, count } = place ?? { index: 0, count: 1 };
    // A target that has become smaller.
    while (parts.length > count + 1) this.#encoder.forget(parts.pop()!);
    parts[index] ??= this.#encoder.newPart();
    return parts[index];
  }

  #headOf(targetId: string, labels: ReadonlyMap<string, string>): MessageHead {
    const { owner, epoch, lane, replica } = this.#source;
    return messageHead(targetId, {
      format: this.#options.format,
      job: labels.get('job') ?? '',
      instance: labels.get('instance') ?? '',
      target: targetId,
      epoch: String(epoch),
      owner,
      lane,
      replica: String(replica),
    });
  }
}
