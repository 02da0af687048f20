import { describe, expect, it } from 'vitest';
import type { LogLevel } from '../../logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { DeliveryLog } from './delivery-log.js';

function record(): { lines: string[]; log: DeliveryLog; clock: ManualClock } {
  const lines: string[] = [];
  const clock = new ManualClock();
  const at = (level: LogLevel) => (fields: object, message: string) =>
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { lines, clock, log: new DeliveryLog('out', logger, clock) };
}

describe('DeliveryLog', () => {
  it('an outage is two lines', async () => {
    const { lines, log, clock } = record();
    for (let i = 0; i < 100; i++) {
      log.trouble('failing', 10, { error: 'HTTP 500' });
      await clock.advance(1000);
    }
    await clock.advance(9000);
    log.delivered();
    log.delivered();
    expect(lines).toEqual([
      'warn remote_write fails; samples wait in the queue and are sent again until it works {"output":"out","error":"HTTP 500"}',
      'info remote_write works again {"output":"out","samples":1000,"lastedMs":99000}',
    ]);
  });

  it('a receiver that refuses every other batch is one line, not two a batch', async () => {
    const { lines, log, clock } = record();
    for (let i = 0; i < 50; i++) {
      log.trouble('rejected', 1, {});
      log.delivered();
      await clock.advance(1000);
    }
    expect(lines).toHaveLength(1);
  });

  it('tells apart what is wrong', async () => {
    const { lines, log, clock } = record();
    log.trouble('failing', 1, {});
    log.trouble('queue_full', 5, {});
    await clock.advance(5000);
    log.trouble('queue_full', 5, {});
    await clock.advance(6000);
    log.delivered();
    expect(lines.map((line) => line.split(';')[0]!.split(' {')[0])).toEqual([
      'warn remote_write fails',
      'warn remote_write queue is full',
      'info remote_write works again',
    ]);
  });

  it('says how many samples a stop has lost, and how to keep them', () => {
    const { lines, log } = record();
    log.lost(282);
    expect(lines).toEqual([
      'warn remote_write had samples left when its time to stop was over; they are lost (agent.queue.path keeps such for the next start) {"output":"out","samples":282}',
    ]);
  });
});
