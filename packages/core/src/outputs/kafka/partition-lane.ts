import { noIdentity, type ProducerIdentity } from './producer-identity.js';
import { type BatchTools, batchHeadBytes, recordBatch, recordBytesOf } from './record-batch.js';
import type { TakenMessage } from './taken-message.js';

/** One more than the largest sequence number; then it begins again (Kafka's DefaultRecordBatch). */
const sequenceEnd = 2 ** 31;
/** A batch that was refused is cut down to this share, and grows back as batches pass. */
const shrinkBy = 2;

/** A batch as it is sent, and sent again: the same bytes, so that the cluster knows a repeat. */
export interface PendingBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly messages: readonly TakenMessage[];
  readonly samples: number;
  readonly identity: ProducerIdentity;
  readonly sequence: number;
  attempts: number;
}

/** The messages for one partition: one batch of them is under way at a time, so their order stays. */
export class PartitionLane {
  readonly topic: string;
  readonly partition: number;
  #waiting: TakenMessage[] = [];
  #pending: PendingBatch | undefined;
  #identity = noIdentity;
  #nextSequence = 0;
  /** Of the next batches, how large at most, where the topic takes less than it says. */
  #mostBytes = Number.POSITIVE_INFINITY;
  /** So many messages go alone: one of them was refused. */
  #alone = 0;
  isInFlight = false;
  /** Monotonic; until then it rests after a failure. */
  notBeforeMs = 0;
  failures = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get isEmpty(): boolean {
    return this.#pending === undefined && this.#waiting.length === 0;
  }

  /** Allocated. */
  get pendingBytes(): number {
    return this.#pending?.bytes.buffer.byteLength ?? 0;
  }

  push(message: TakenMessage): void {
    this.#waiting.push(message);
  }

  /** The batch that failed last, else a new one of what waits; not while another is in flight. */
  next(identity: ProducerIdentity, mostBytes: number, tools: BatchTools): PendingBatch {
    if (this.#pending !== undefined && this.#pending.identity !== identity) this.#putBack();
    this.#pending ??= this.#make(identity, Math.min(mostBytes, this.#mostBytes), tools);
    this.#pending.attempts++;
    return this.#pending;
  }

  /** The batch is in the topic: its messages. */
  done(): readonly TakenMessage[] {
    const { messages, bytes } = this.#pending!;
    if (bytes.length * shrinkBy > this.#mostBytes) this.#mostBytes *= shrinkBy;
    this.#pending = undefined;
    return messages;
  }

  /** The batch was too large: smaller ones from now on. False when it was one message. */
  shrink(): boolean {
    const { bytes, messages } = this.#pending!;
    this.#mostBytes = Math.ceil(bytes.length / shrinkBy);
    this.#putBack();
    return messages.length > 1;
  }

  /** One of the batch's messages was refused: they go one by one. False when it was one message. */
  separate(): boolean {
    const { length } = this.#pending!.messages;
    this.#alone = length;
    this.#putBack();
    return length > 1;
  }

  /** Takes the first message away: it cannot be written. */
  dropFirst(): TakenMessage {
    if (this.#alone > 0) this.#alone--;
    return this.#waiting.shift()!;
  }

  /** Replaces the first message by others. */
  replaceFirst(messages: readonly TakenMessage[]): void {
    this.#waiting.splice(0, 1, ...messages);
  }

  /** Everything that is here, for another lane; not while a batch is in flight. */
  drain(): TakenMessage[] {
    if (this.#pending !== undefined) this.#putBack();
    return this.#waiting.splice(0);
  }

  /** Its messages will be in another batch. What was refused has used no sequence numbers. */
  #putBack(): void {
    const { messages, sequence } = this.#pending!;
    this.#waiting.unshift(...messages);
    this.#nextSequence = sequence;
    this.#pending = undefined;
  }

  #make(identity: ProducerIdentity, mostBytes: number, tools: BatchTools): PendingBatch {
    if (this.#identity !== identity) {
      this.#identity = identity;
      this.#nextSequence = 0;
    }
    const count = this.#countFor(mostBytes);
    const messages = this.#waiting.slice(0, count);
    const sequence = identity === noIdentity ? -1 : this.#nextSequence;
    // Throws where memory is refused: then all is as before.
    const bytes = recordBatch(messages, { ...identity, sequence }, tools);
    this.#waiting.splice(0, count);
    this.#alone = Math.max(0, this.#alone - count);
    if (sequence >= 0) this.#nextSequence = (sequence + count) % sequenceEnd;
    const samples = messages.reduce((sum, one) => sum + one.samples, 0);
    return { bytes, messages, samples, identity, sequence, attempts: 0 };
  }

  #countFor(mostBytes: number): number {
    if (this.#alone > 0) return 1;
    let bytes = batchHeadBytes;
    let count = 0;
    for (const message of this.#waiting) {
      bytes += recordBytesOf(message);
      if (count > 0 && bytes > mostBytes) break;
      count++;
    }
    return count;
  }
}
