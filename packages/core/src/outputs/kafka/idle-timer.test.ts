import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { stopIdleTimer } from './idle-timer.js';
import type { KafkajsRequestQueue } from './kafkajs.js';

const require = createRequire(import.meta.url);
const RequestQueue = require('kafkajs/src/network/requestQueue/index.js');

interface Queue extends KafkajsRequestQueue {
  checkPendingRequests(): void;
  fulfillRequest(answer: { correlationId: number; payload: Buffer; size: number }): void;
}

function queueOf(maxInFlightRequests: number | null = null): Queue {
  const quiet = { debug() {}, warn() {} };
  return new RequestQueue({
    maxInFlightRequests,
    requestTimeout: 1000,
    enforceRequestTimeout: false,
    clientId: 'c',
    broker: 'b',
    logger: quiet,
  });
}

const sent: number[] = [];

function push(queue: Queue, correlationId: number): void {
  queue.push({
    entry: { correlationId, resolve() {}, reject() {} },
    expectResponse: true,
    requestTimeout: null,
    sendRequest: () => sent.push(correlationId),
  });
}

beforeEach(() => {
  sent.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe('a connection that is idle (tulios/kafkajs#1751)', () => {
  test('as it comes arms one timer after the other for ever', () => {
    const queue = queueOf();
    queue.checkPendingRequests();
    vi.advanceTimersByTime(100);
    expect(vi.getTimerCount()).toBe(1);
  });

  test('arms none', () => {
    const queue = queueOf();
    stopIdleTimer(queue);
    queue.checkPendingRequests();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('still sends in order what a pause of the broker has held back (KIP-219)', () => {
    const queue = queueOf();
    stopIdleTimer(queue);
    queue.maybeThrottle(50);
    for (const id of [1, 2, 3]) push(queue, id);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(49);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(20);
    expect(sent).toEqual([1, 2, 3]);
    vi.advanceTimersByTime(100);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('still sends what waits for room on the wire', () => {
    const queue = queueOf(1);
    stopIdleTimer(queue);
    for (const id of [1, 2]) push(queue, id);
    expect(sent).toEqual([1]);
    queue.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 });
    expect(sent).toEqual([1, 2]);
  });
});
