import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { expectedSamples, type MadeBatch, madeSeries, toBatch } from './made-batch.contract.js';
import { RemoteWrite } from './remote-write.js';
import { WriteReceiver } from './write-receiver.contract.js';

const queue = {
  capacity: 10_000,
  maxShards: 50,
  maxSamplesPerSend: 2000,
  batchSendDeadlineMs: 5000,
  minBackoffMs: 30,
  maxBackoffMs: 5000,
  retryOnHttp429: true,
};

describe('smoke', () => {
  let receiver: WriteReceiver;
  beforeEach(async () => {
    receiver = await WriteReceiver.listen();
  });
  afterEach(() => receiver.close());
  it('delivers', async () => {
    const clock = new ManualClock();
    const output = new RemoteWrite(
      { name: 'r', url: receiver.url, remoteTimeoutMs: 30_000, headers: {}, queue },
      { clock, logger: silentLogger, userAgent: 'prom-agent/0', queueBytes: 1e7 },
    );
    const series = madeSeries('m', 700);
    const sent: MadeBatch[] = [];
    for (let i = 0; i < 10; i++) {
      const made = {
        targetId: 't',
        timestampMs: clock.nowMs() + i,
        layout: 1,
        samples: series.map((labels, k) => ({ labels, value: k * i })),
      };
      sent.push(made);
      output.append(toBatch(made));
    }
    await output.close(10_000);
    expect(receiver.samples).toEqual(sent.flatMap(expectedSamples));
    expect(receiver.requests.length).toBe(5);
  });
});
