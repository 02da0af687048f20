import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../testing/manual-clock.js';
import type { PushResult } from '../client/push-request.js';
import { type Pushable, PushQueue } from './push-queue.js';

type Outcome = PushResult['outcome'];

/** Groups whose pushes end when a test says so. */
function scene() {
  const clock = new ManualClock();
  const queue = new PushQueue(clock);
  const log: string[] = [];
  const underWay = new Map<string, (outcome: Outcome) => void>();
  const group = (name: string): Pushable => ({
    sinceMs: 0,
    pendingSamples: 1,
    drop: () => log.push(`dropped ${name}`),
    push: () =>
      new Promise((resolve) => {
        if (underWay.has(name)) throw new Error(`${name} is pushed twice at once`);
        log.push(name);
        underWay.set(name, (outcome) => {
          underWay.delete(name);
          resolve({ outcome, status: 0, words: '', retryAfterMs: 0 });
        });
      }),
  });
  const end = async (name: string, outcome: Outcome = 'pushed'): Promise<void> => {
    underWay.get(name)!(outcome);
    await clock.advance(0);
  };
  return { clock, queue, log, group, end, underWay };
}

describe('PushQueue', () => {
  it('has four pushes under way, the oldest first', async () => {
    const { queue, log, group, end } = scene();
    for (const name of ['a', 'b', 'c', 'd', 'e']) queue.add(group(name));
    expect(log).toEqual(['a', 'b', 'c', 'd']);
    await end('c');
    expect(log.at(-1)).toBe('e');
  });

  it('never pushes a group twice at once, and pushes what came meanwhile', async () => {
    const { queue, log, group, end } = scene();
    const a = group('a');
    for (let i = 0; i < 5; i++) queue.add(a);
    expect(log).toEqual(['a']);
    await end('a');
    expect(log).toEqual(['a', 'a']);
    await end('a');
    expect(queue.isIdle).toBe(true);
  });

  it('tries one at a time while the gateway is away, later and later, another group each time', async () => {
    const { clock, queue, log, group, end } = scene();
    for (const name of ['a', 'b']) queue.add(group(name));
    await end('a', 'unreachable');
    await end('b', 'unreachable');
    log.length = 0;
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      waits.push(clock.nextTimerMs ?? 0);
      await clock.advance(15_000);
      expect(log).toHaveLength(1);
      await end(log.pop()!, 'unreachable');
    }
    expect(waits.at(-1)).toBeGreaterThan(waits[0]!);
    expect(Math.max(...waits)).toBeLessThanOrEqual(15_000);
    await clock.advance(15_000);
    await end(log[0]!);
    // It is back: the rest goes out at once.
    expect(log).toHaveLength(2);
  });

  it('a refusal is the end of a push, not of the gateway', async () => {
    const { queue, group, end } = scene();
    queue.add(group('a'));
    await end('a', 'refused');
    expect(queue.isIdle).toBe(true);
  });

  it('a flush waits for what is queued, but not for a gateway that is away', async () => {
    const { queue, group, end } = scene();
    queue.add(group('a'));
    let isSettled = false;
    const settled = queue.settled().then(() => {
      isSettled = true;
    });
    expect(isSettled).toBe(false);
    await end('a', 'unreachable');
    await settled;
    await queue.settled();
  });

  it('a drain tries again at once, and ends with the deadline', async () => {
    const { clock, queue, log, group, end } = scene();
    queue.add(group('a'));
    await end('a', 'unreachable');
    let isDrained = false;
    void queue.drain(3_000).then(() => {
      isDrained = true;
    });
    expect(log).toEqual(['a', 'a']);
    await clock.advance(2_999);
    expect(isDrained).toBe(false);
    await clock.advance(1);
    expect(isDrained).toBe(true);
    expect(queue.stop()).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('a drain ends when all is pushed, and nothing is taken after the stop', async () => {
    const { clock, queue, log, group, end } = scene();
    queue.add(group('a'));
    const drained = queue.drain(3_000);
    await end('a');
    await drained;
    expect(queue.stop()).toEqual([]);
    queue.add(group('b'));
    expect(log).toEqual(['a']);
    expect(clock.pendingTimers).toBe(0);
  });
});
