// A topic on a real broker that can be out of order, in the place of a receiver.
import { setTimeout as delay } from 'node:timers/promises';
import { startBroker } from '../kafka/broker.mjs';
import { decodeRequest } from '../scrape/remote-write-decoder.mjs';
import { Received } from './truth.mjs';

const topic = 'deliver';
const partitions = 4;
const drainMs = 60_000;

/** Like startReceiver of scene.mjs; what came is known when it is `drained`. */
export async function startTopic(series) {
  const broker = await startBroker();
  const admin = broker.kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic, numPartitions: partitions }],
    waitForLeaders: true,
  });
  const received = new Received(series);
  let isDown = false;
  return {
    received,
    kafkaWrite: { brokers: [broker.address], topic },
    get isDown() {
      return isDown;
    },
    set isDown(wanted) {
      isDown = wanted;
      process.kill(broker.pid, wanted ? 'SIGSTOP' : 'SIGCONT');
    },
    async drained(listen) {
      const untilMs = Date.now() + drainMs;
      while (!(await hasSentAll(listen)) && Date.now() < untilMs) await delay(200);
      await readTopic(broker.kafka, admin, received);
    },
    async close() {
      await admin.disconnect().catch(() => {});
      await broker.stop();
    },
  };
}

async function hasSentAll(listen) {
  const answer = await fetch(`http://${listen}/api/v1/status/outputs`);
  const { outputs } = (await answer.json()).data;
  return outputs.every(({ queue, samples }) => samples.sent > 0 && queue.samples === 0);
}

/** In the order of the topic; repeats by `seq` are counted, as a reader leaves them out. */
async function readTopic(kafka, admin, received) {
  const open = new Map(
    (await admin.fetchTopicOffsets(topic))
      .filter(({ high }) => high !== '0')
      .map(({ partition, high }) => [partition, BigInt(high)]),
  );
  const seen = new Set();
  const consumer = kafka.consumer({ groupId: 'deliver' });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise((resolve) => {
    void consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { key, value, headers } of batch.messages) {
          const id = `${key} ${headers.owner} ${headers.lane} ${headers.seq}`;
          if (!seen.has(id)) decodeRequest(value, 1, received);
          else received.repeated += countSamples(value);
          seen.add(id);
        }
        if (BigInt(batch.lastOffset()) + 1n >= (open.get(batch.partition) ?? 0n)) {
          open.delete(batch.partition);
        }
        if (open.size === 0) resolve();
      },
    });
  });
  await consumer.disconnect();
}

function countSamples(value) {
  let count = 0;
  decodeRequest(value, 1, {
    sample: (labels) => {
      if (!labels.isSynthetic) count++;
    },
  });
  return count;
}
