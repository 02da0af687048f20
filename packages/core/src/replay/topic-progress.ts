import type { Admin } from 'kafkajs';
import { messageOf, PromAgentError } from '../errors.js';
import { connectWords } from '../outputs/kafka/connect-words.js';
import { typeOf } from './kafka-failure.js';
import type { ReplaySource } from './replay-options.js';

interface PartitionProgress {
  /** Where the replay begins, unless the group has come further. */
  readonly start: bigint;
  /** Of the topic when the replay began, or as it is known to be now. */
  end: bigint;
  /** Up to here, not including, all is settled. */
  position: bigint;
}

/** What a replay asks of the cluster. */
export type OffsetsOf = Pick<
  Admin,
  'fetchTopicOffsets' | 'fetchTopicOffsetsByTimestamp' | 'fetchOffsets'
>;

/** How far a replay has come in each partition of its topic. Offsets are 64 bits: kafkajs has them as text. */
export class TopicProgress {
  readonly topic: string;
  readonly #source: Pick<ReplaySource, 'sasl' | 'tls'>;
  readonly #admin: OffsetsOf;
  readonly #partitions = new Map<number, PartitionProgress>();

  constructor(source: Pick<ReplaySource, 'topic' | 'sasl' | 'tls'>, admin: OffsetsOf) {
    this.topic = source.topic;
    this.#source = source;
    this.#admin = admin;
  }

  /** Asks where the topic begins and ends. @throws PromAgentError REPLAY_FAILED */
  async begin(fromMs: number | undefined): Promise<void> {
    const { topic } = this;
    try {
      const starts = await this.#startsAt(fromMs);
      for (const { partition, low, high } of await this.#admin.fetchTopicOffsets(topic)) {
        const start = largest(BigInt(low), starts.get(partition) ?? 0n);
        this.#partitions.set(partition, { start, end: BigInt(high), position: start });
      }
    } catch (error) {
      const isMissing = /does not host|UNKNOWN_TOPIC/i.test(`${messageOf(error)} ${typeOf(error)}`);
      const why = isMissing
        ? `there is no topic ${topic}`
        : connectWords(messageOf(error), this.#source);
      throw new PromAgentError('REPLAY_FAILED', `cannot read topic ${topic}: ${why}`, {
        cause: error,
        data: { topic },
      });
    }
  }

  get partitionCount(): number {
    return this.#partitions.size;
  }

  /** From here on the partition is read. */
  startOf(partition: number): bigint {
    return this.#partitions.get(partition)?.start ?? 0n;
  }

  /** Asks how far the group has come, with all of its members. */
  async refresh(group: string): Promise<void> {
    const [committed] = await this.#admin.fetchOffsets({ groupId: group, topics: [this.topic] });
    // -1: nothing is committed. What was settled meanwhile is not taken back.
    for (const { partition, offset } of committed?.partitions ?? []) {
      this.moveTo(partition, BigInt(offset));
    }
  }

  /** All before `offset` is settled. */
  moveTo(partition: number, offset: bigint): void {
    const known = this.#partitions.get(partition);
    if (known !== undefined) known.position = largest(known.position, offset);
  }

  /** The partition has become longer, and the replay follows it. */
  extendTo(partition: number, end: bigint): void {
    const known = this.#partitions.get(partition);
    if (known !== undefined) known.end = largest(known.end, end);
  }

  /** Everything is settled, also what other members of the group read: should they end, it is ours. */
  get isDone(): boolean {
    return this.messagesLeft === 0;
  }

  get messagesLeft(): number {
    let left = 0n;
    for (const { end, position } of this.#partitions.values()) {
      if (end > position) left += end - position;
    }
    return Number(left);
  }

  async #startsAt(fromMs: number | undefined): Promise<ReadonlyMap<number, bigint>> {
    if (fromMs === undefined) return new Map();
    // Whole ms: what comes later than `fromMs` has a timestamp that is no smaller.
    const found = await this.#admin.fetchTopicOffsetsByTimestamp(this.topic, Math.floor(fromMs));
    return new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
  }
}

function largest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
