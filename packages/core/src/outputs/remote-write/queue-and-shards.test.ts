import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  append,
  clock,
  counts,
  drive,
  lines,
  make,
  receiver,
  until,
  valuesOf,
} from './remote-write-scene.contract.js';
import type { Answer, ReceivedRequest } from './write-receiver.contract.js';

describe('a full queue', () => {
  it('makes room when the thread needs its memory: the oldest goes first, counted', async () => {
    receiver.answer = () => ({ status: 503 });
    const output = make({ queue: { maxSamplesPerSend: 100 } });
    for (let value = 1; value <= 50; value++) append(output, 100, value);
    const before = output.memoryBytes;
    output.makeRoom(before / 2);
    expect(output.memoryBytes).toBeLessThan(before);
    const { queued = 0, queue_full = 0 } = counts(output);
    expect(queue_full).toBeGreaterThan(0);
    expect(queued + queue_full).toBe(5000);
    output.makeRoom(Number.MAX_SAFE_INTEGER);
    // What is on the wire stays.
    expect(counts(output).queued).toBe(100);
  });

  it('drops the oldest that waits, counted, and logs it once', async () => {
    receiver.answer = (_request, n) => (n < 2 ? 'hang' : { status: 204 });
    const output = make({ queue: { maxSamplesPerSend: 10, capacity: 30, maxShards: 1 } });
    for (let value = 1; value <= 6; value++) append(output, 10, value);
    expect(counts(output)).toEqual({ queued: 30, queue_full: 30 });
    append(output, 10, 7);
    expect(counts(output)).toEqual({ queued: 30, queue_full: 40 });
    expect(lines.filter((line) => line.includes('queue is full'))).toHaveLength(1);
    await until(() => receiver.requests.length === 1);
    receiver.answer = () => ({ status: 204 });
    await clock.advance(30_030);
    await until(() => output.status().samplesSent === 30);
    expect(receiver.requests.map(valuesOf)).toEqual([[1], [1], [6], [7]]);
  });

  it('is bounded in bytes', () => {
    receiver.answer = () => 'hang';
    const output = make({ queueBytes: 100_000 });
    for (let i = 0; i < 100; i++) append(output, 200);
    expect(output.status().queueBytes).toBeLessThanOrEqual(100_000);
    expect(counts(output).queue_full).toBeGreaterThan(10_000);
  });
});

describe('close', () => {
  it('sends what waits for company at once, and leaves no socket', async () => {
    const output = make();
    append(output, 10);
    const closed = output.close(10_000);
    await drive(closed);
    expect(counts(output)).toEqual({ sent: 10 });
    await until(() => receiver.openSockets === 0);
    expect(output.close(0)).toBe(closed);
  });

  it('keeps trying until the deadline, then counts the rest as closed', async () => {
    receiver.answer = (_request, n) => (n === 0 ? { status: 500 } : 'hang');
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    for (const value of [1, 2]) append(output, 10, value);
    append(output, 5, 3);
    const closed = output.close(10_000);
    append(output, 7, 4);
    expect(counts(output)).toEqual({ queued: 25, closed: 7 });
    await until(() => output.status().samplesRetried === 10);
    await clock.advance(30);
    await until(() => receiver.requests.length === 2);
    await clock.advance(9969);
    expect(counts(output)).toEqual({ queued: 25, closed: 7 });
    await clock.advance(1);
    await closed;
    expect(counts(output)).toEqual({ closed: 32 });
    await until(() => receiver.openSockets === 0);
    append(output, 1, 5);
    expect(counts(output)).toEqual({ closed: 33 });
  });

  it('ends a backoff', async () => {
    receiver.answer = () => ({ status: 500, headers: { 'retry-after': '3600' } });
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    append(output, 10);
    await until(() => output.status().samplesRetried === 10);
    const closed = output.close(100);
    await clock.advance(100);
    await closed;
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not wait for a connection that is never made', async () => {
    // TEST-NET-1 (RFC 5737): no host, no answer.
    const output = make({ url: 'http://192.0.2.1:9/write', queue: { maxSamplesPerSend: 10 } });
    append(output, 10);
    const closed = output.close(5);
    await clock.advance(5);
    await closed;
    expect(counts(output)).toEqual({ closed: 10 });
    await until(() => !process.getActiveResourcesInfo().includes('TCPSocketWrap'));
  });
});

describe('shards', () => {
  /** A receiver that answers only when told. */
  function held(): { release: () => void; waiting: () => number } {
    let waiting: ((answer: Answer) => void)[] = [];
    receiver.answer = () => new Promise((resolve) => waiting.push(resolve));
    const release = (): void => {
      for (const resolve of waiting) resolve({ status: 204 });
      waiting = [];
    };
    return { release, waiting: () => waiting.length };
  }

  it('come when one cannot keep up, and no target overtakes itself', async () => {
    const { release, waiting } = held();
    const output = make({ queue: { maxSamplesPerSend: 10, maxShards: 4 } });
    const targets = Array.from({ length: 12 }, (_, i) => `target-${i}`);
    let most = 0;
    for (let round = 1; round <= 40; round++) {
      for (const target of targets) append(output, 10, round, target);
      for (let answers = 0; answers < 3; answers++) {
        await until(() => waiting() > 0);
        await clock.advance(400);
        most = Math.max(most, waiting());
        release();
        await clock.advance(0);
      }
    }
    receiver.answer = () => ({ status: 204 });
    release();
    await until(() => output.status().queueSamples === 0);
    expect(counts(output)).toEqual({ sent: 40 * 12 * 10 });
    expect(most).toBe(4);
    for (const target of targets) {
      const own = receiver.requests.flatMap((request) =>
        valuesOf({
          ...request,
          samples: request.samples.filter(({ labels }) => labels[0]?.[1] === target),
        }),
      );
      expect(own).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    }
    expect(receiver.openSockets).toBe(4);
  });

  it('do not come because the receiver fails', async () => {
    receiver.answer = () => ({ status: 500 });
    const output = make({ queue: { maxSamplesPerSend: 10, maxShards: 4, maxBackoffMs: 30 } });
    for (let i = 1; i <= 20; i++) {
      append(output, 100, i);
      await until(() => receiver.requests.length === i);
      await clock.advance(30);
    }
    expect(receiver.openSockets).toBe(1);
  });
});

describe('whatever happens', () => {
  const answers: Answer[] = [
    { status: 204 },
    { status: 200 },
    { status: 500 },
    { status: 429 },
    { status: 400 },
    'reset',
    { status: 503, headers: { 'retry-after': '1' } },
  ];
  const event = fc.oneof(
    fc.record({ samples: fc.integer({ min: 1, max: 40 }), target: fc.nat(3) }),
    fc.record({ advanceMs: fc.integer({ min: 1, max: 3000 }) }),
  );

  it('appended = sent + dropped + queued at any time, and what is sent arrived in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 30 }),
        fc.array(fc.constantFrom(...answers), { minLength: 1, maxLength: 20 }),
        fc.nat(4000),
        async (events, told, deadlineMs) => {
          receiver.requests.length = 0;
          const accepted: ReceivedRequest[] = [];
          receiver.answer = (request, n) => {
            const answer = told[n % told.length]!;
            if (typeof answer !== 'string' && answer.status < 300) accepted.push(request);
            return answer;
          };
          const queue = { maxSamplesPerSend: 16, capacity: 30, maxShards: 3, maxBackoffMs: 500 };
          const output = make({ queue, options: { remoteTimeoutMs: 1e9 } });
          let value = 0;
          for (const one of events) {
            if ('advanceMs' in one) await clock.advance(one.advanceMs);
            else append(output, one.samples, ++value, `t${one.target}`);
            counts(output);
          }
          const closed = output.close(deadlineMs);
          counts(output);
          await drive(closed);
          const after = counts(output);
          expect(after.queued).toBeUndefined();
          const arrived = accepted.reduce((sum, request) => sum + request.samples.length, 0);
          // A request that was on its way at the deadline may have arrived; it counts as closed.
          expect(arrived).toBeGreaterThanOrEqual(after.sent ?? 0);
          expect(arrived).toBeLessThanOrEqual((after.sent ?? 0) + (after.closed ?? 0));
          const times = new Map<string, bigint>();
          for (const { labels, timestampMs } of accepted.flatMap((request) => request.samples)) {
            const series = JSON.stringify(labels);
            expect(timestampMs > (times.get(series) ?? 0n)).toBe(true);
            times.set(series, timestampMs);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
