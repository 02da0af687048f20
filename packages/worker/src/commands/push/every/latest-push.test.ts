import type { PushRequest, PushResult } from '@prom-agent/core/push-client';
import { ManualClock } from '@prom-agent/core/testing';
import { describe, expect, test } from 'vitest';
import { LatestPush } from './latest-push.js';

const outcomes = {
  pushed: { outcome: 'pushed', status: 200, words: '', retryAfterMs: 0 },
  refused: { outcome: 'refused', status: 400, words: 'no', retryAfterMs: 0 },
  unreachable: { outcome: 'unreachable', status: 0, words: 'down', retryAfterMs: 0 },
} as const satisfies Record<string, PushResult>;

function scene() {
  const clock = new ManualClock();
  const bodies: string[] = [];
  const answers: ((result: PushResult) => void)[] = [];
  const client = {
    push: ({ body }: PushRequest) => {
      bodies.push(Buffer.from(body!.bytes).toString());
      return new Promise<PushResult>((resolve) => answers.push(resolve));
    },
  };
  const latest = new LatestPush({
    client,
    group: { job: 'j', grouping: {} },
    method: 'PUT',
    timeoutMs: 1_000,
    clock,
    onResult: () => {},
  });
  return {
    clock,
    bodies,
    put: (text: string) => latest.put(Buffer.from(text)),
    close: () => latest.close(),
    answer: async (outcome: keyof typeof outcomes) => {
      answers.shift()!(outcomes[outcome]);
      await clock.advance(0);
    },
  };
}

describe('the latest state', () => {
  test('is pushed one at a time, and those in between are not', async () => {
    const { bodies, put, answer } = scene();
    put('1');
    put('2');
    put('3');
    expect(bodies).toEqual(['1']);
    await answer('pushed');
    expect(bodies).toEqual(['1', '3']);
  });

  test('is tried again, ever slower, until the gateway has it', async () => {
    const { clock, bodies, put, answer } = scene();
    put('1');
    await answer('unreachable');
    await clock.advance(999);
    expect(bodies).toEqual(['1']);
    put('2');
    await clock.advance(1);
    expect(bodies).toEqual(['1', '2']);
    await answer('unreachable');
    await clock.advance(1_999);
    expect(bodies).toHaveLength(2);
    await clock.advance(1);
    await answer('pushed');
    expect(bodies).toEqual(['1', '2', '2']);
    await clock.advance(600_000);
    expect(bodies).toHaveLength(3);
  });

  test('that is refused is not tried again', async () => {
    const { clock, bodies, put, answer } = scene();
    put('1');
    await answer('refused');
    await clock.advance(600_000);
    expect(bodies).toEqual(['1']);
  });

  test('is tried once more at the end', async () => {
    const { clock, bodies, put, answer, close } = scene();
    put('1');
    await answer('unreachable');
    const closed = close();
    await clock.advance(0);
    expect(bodies).toEqual(['1', '1']);
    await answer('unreachable');
    await closed;
    expect(clock.pendingTimers).toBe(0);
  });

  test('that was put while the last push is under way goes out at the end too', async () => {
    const { bodies, put, answer, close } = scene();
    put('1');
    put('2');
    const closed = close();
    await answer('unreachable');
    await answer('pushed');
    await closed;
    expect(bodies).toEqual(['1', '2']);
  });
});
