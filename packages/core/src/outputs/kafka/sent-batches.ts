import type { BatchBuffers } from './batch-buffers.js';
import type { Cluster } from './cluster.js';
import type { Kafkajs } from './kafkajs.js';
import type { PartitionLane, PendingBatch } from './partition-lane.js';
import { judgeProduce } from './produce-errors.js';
import type { PartitionAnswer } from './produce-request.js';
import type { TakenMessage } from './taken-message.js';
import type { TopicWriter } from './topic-writer.js';

/** What becomes of messages. */
export interface SenderStats {
  post<Result>(bytes: number, nowMs: () => number, send: () => Promise<Result>): Promise<Result>;
  delivered(samples: number, highestTimestampMs: number): void;
  failed(samples: number, words: string): void;
  rejected(samples: number, words: string): void;
}

export interface SentBatch {
  readonly topic: TopicWriter;
  readonly lane: PartitionLane;
  readonly batch: PendingBatch;
}

export interface SentBatchesParts {
  readonly kafkajs: Kafkajs;
  readonly cluster: Cluster;
  readonly stats: SenderStats;
  readonly buffers: BatchBuffers;
  /** Messages with some of the series each; undefined when it cannot be made smaller. */
  readonly split: (message: TakenMessage) => TakenMessage[] | undefined;
  /** The broker knows the producer no more. */
  readonly forget: (identity: PendingBatch['identity']) => void;
  /** The partition is tried again later. */
  readonly rest: (lane: PartitionLane) => void;
}

/** What becomes of batches by what the broker says of each: settled, made smaller, dropped, tried again. */
export class SentBatches {
  readonly #parts: SentBatchesParts;

  constructor(parts: SentBatchesParts) {
    this.#parts = parts;
  }

  answered(sent: readonly SentBatch[], answers: readonly PartitionAnswer[]): void {
    const codes = new Map(answers.map((one) => [`${one.topic}/${one.partition}`, one.errorCode]));
    for (const one of sent) {
      const code = codes.get(`${one.lane.topic}/${one.lane.partition}`);
      if (code === undefined) this.failed([one], 'the broker says nothing of the batch');
      else this.#judge(one, code);
    }
  }

  #judge(sent: SentBatch, code: number): void {
    const { kafkajs, stats } = this.#parts;
    const { lane, batch, topic } = sent;
    const verdict = judgeProduce(code);
    if (verdict === 'written') {
      lane.failures = 0;
      this.#settle(topic, lane.done());
      this.#parts.buffers.give(batch.bytes);
      stats.delivered(batch.samples, lastTimestampMs(batch));
      return;
    }
    const words = `${lane.topic}/${lane.partition}: ${kafkajs.errorOf(code).message}`;
    if (verdict === 'too_large') this.#tooLarge(sent, words);
    else if (verdict === 'refused') {
      if (!lane.separate()) this.#reject(sent, words);
    } else {
      if (verdict === 'new_producer') this.#parts.forget(batch.identity);
      this.failed([sent], words);
    }
  }

  #tooLarge(sent: SentBatch, words: string): void {
    const { topic, lane, batch } = sent;
    // The topic takes less than it said.
    this.#parts.cluster.expire();
    if (lane.shrink()) return;
    const [message] = batch.messages;
    const parts = message && this.#parts.split(message);
    if (parts === undefined) this.#reject(sent, words);
    else {
      message!.taken.left += parts.length - 1;
      lane.replaceFirst(parts);
      topic.maxMessageBytes = Math.min(topic.maxMessageBytes, batch.bytes.length);
    }
  }

  #reject({ topic, lane }: SentBatch, words: string): void {
    const message = lane.dropFirst();
    this.#parts.stats.rejected(message.samples, words);
    this.#settle(topic, [message]);
  }

  #settle(topic: TopicWriter, messages: readonly TakenMessage[]): void {
    for (const message of messages) topic.settle(message);
  }

  /** They stay with their partitions, which are tried again later. */
  failed(sent: readonly SentBatch[], words: string): void {
    const { stats, rest } = this.#parts;
    for (const { lane, batch } of sent) {
      stats.failed(batch.samples, words);
      rest(lane);
    }
  }
}

function lastTimestampMs({ messages }: PendingBatch): number {
  return messages.reduce((last, one) => Math.max(last, one.timestampMs), 0);
}
