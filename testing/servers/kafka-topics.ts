import type { Admin, Kafka } from 'kafkajs';

export interface KafkaRecord {
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampMs: number;
}

/** kafkajs waits for leaders by itself, but not for a broker that has not heard of the topic yet. */
export async function hasLeaders(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  } catch (error) {
    if (/does not host this topic|leadership election/.test(String(error))) return false;
    throw error;
  }
}

let groups = 0;

/**
 * The offset behind the last record of each partition that has one. With a client of its own: kafkajs'
 * loses a topic whose metadata another call asks for at the same time.
 */
async function endsOf(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    const ends = offsets.map(({ partition, high }) => [partition, BigInt(high)] as const);
    return new Map(ends.filter(([, end]) => end > 0n));
  } finally {
    await admin.disconnect();
  }
}

export async function readTopic(kafka: Kafka, topic: string): Promise<KafkaRecord[]> {
  const ends = await endsOf(kafka, topic);
  const records: KafkaRecord[] = [];
  if (ends.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `reader-${process.pid}-${groups++}` });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const run = consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: true,
        eachBatch: async ({ batch }) => {
          for (const { key, value, headers = {}, offset, timestamp } of batch.messages) {
            const words = Object.entries(headers).map(([name, word]) => [name, String(word)]);
            records.push({
              partition: batch.partition,
              offset,
              key: String(key),
              value: value ?? Buffer.alloc(0),
              headers: Object.fromEntries(words),
              timestampMs: Number(timestamp),
            });
          }
          const end = ends.get(batch.partition);
          if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end)
            ends.delete(batch.partition);
          if (ends.size === 0) resolve();
        },
      });
      run.catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return records;
}
