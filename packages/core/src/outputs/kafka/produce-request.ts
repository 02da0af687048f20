/** A record batch and where it goes. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Uint8Array;
}

/** What the broker says of one batch. */
export interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  /** 0: it is in the topic. */
  readonly errorCode: number;
}

const acksOfAll = -1;

/** The body of a produce request (version 7), in parts: the batches are not copied. */
export function produceBody(batches: readonly PartitionBatch[], timeoutMs: number): Uint8Array[] {
  const byTopic = new Map<string, PartitionBatch[]>();
  for (const one of batches) {
    const ofTopic = byTopic.get(one.topic);
    if (ofTopic === undefined) byTopic.set(one.topic, [one]);
    else ofTopic.push(one);
  }
  const head = Buffer.alloc(12);
  head.writeInt16BE(-1, 0); // no transaction
  head.writeInt16BE(acksOfAll, 2);
  head.writeInt32BE(timeoutMs, 4);
  head.writeInt32BE(byTopic.size, 8);
  const parts: Uint8Array[] = [head];
  for (const [topic, ofTopic] of byTopic) {
    const name = Buffer.from(topic);
    const topicHead = Buffer.alloc(6 + name.length);
    topicHead.writeInt16BE(name.length, 0);
    name.copy(topicHead, 2);
    topicHead.writeInt32BE(ofTopic.length, 2 + name.length);
    parts.push(topicHead);
    for (const { partition, batch } of ofTopic) {
      const partitionHead = Buffer.alloc(8);
      partitionHead.writeInt32BE(partition, 0);
      partitionHead.writeInt32BE(batch.length, 4);
      parts.push(partitionHead, batch);
    }
  }
  return parts;
}

/** The answer to a produce request (version 7). @throws RangeError when it is cut off */
export function readProduceAnswer(payload: Buffer): {
  answers: PartitionAnswer[];
  throttleMs: number;
} {
  const answers: PartitionAnswer[] = [];
  let at = 4;
  for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
    const nameBytes = payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, at + 2 + nameBytes);
    at += 2 + nameBytes;
    const partitions = payload.readInt32BE(at);
    at += 4;
    for (let i = 0; i < partitions; i++) {
      const partition = payload.readInt32BE(at);
      const errorCode = payload.readInt16BE(at + 4);
      answers.push({ topic, partition, errorCode });
      // Partition, code, offset, time of the log, its first offset.
      at += 4 + 2 + 8 + 8 + 8;
    }
  }
  return { answers, throttleMs: payload.readInt32BE(at) };
}
