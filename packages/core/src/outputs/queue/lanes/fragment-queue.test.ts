import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fragment } from '../../wire/fragment.js';
import { FragmentQueue, mostUncompressedBytes } from './fragment-queue.js';
import type { WriteBatch } from './write-batch.js';

const roomy = { samples: 1_000_000, bytes: 1e9, samplesPerBatch: 10 };

function fragment(samples: number, options: { bytes?: number; raw?: number; id?: number } = {}) {
  const { bytes = 3, raw = samples * 10, id = 1 } = options;
  return {
    bytes: new Uint8Array(bytes).fill(id),
    uncompressedBytes: raw,
    samples,
    highestTimestampMs: id,
    symbols: undefined,
  } satisfies Fragment;
}

describe('FragmentQueue', () => {
  it('puts fragments behind each other under one preamble, up to a full batch', () => {
    const queue = new FragmentQueue(roomy);
    queue.append(0, fragment(4, { id: 1, raw: 100 }), 50);
    queue.append(0, fragment(4, { id: 3, raw: 200 }), 60);
    expect(queue.openSinceMs(0)).toBe(50);
    expect(queue.isBehind).toBe(false);
    expect(queue.take(0, false)).toBeUndefined();
    queue.append(0, fragment(4, { id: 2, raw: 10 }), 70);
    expect(queue.isBehind).toBe(true);
    expect(queue.openSinceMs(0)).toBe(70);
    const batch = queue.take(0, false)!;
    // 300 = 0xac 0x02 as a varint.
    expect([...batch.body()]).toEqual([0xac, 0x02, 1, 1, 1, 3, 3, 3]);
    expect([batch.samples, batch.highestTimestampMs]).toEqual([8, 3]);
    expect([queue.samples, queue.bytes]).toEqual([12, 9]);
    queue.settle(batch);
    expect([queue.samples, queue.bytes]).toEqual([4, 3]);
  });

  it('a batch with exactly its samples is full at once', () => {
    const queue = new FragmentQueue(roomy);
    queue.append(0, fragment(10), 0);
    expect(queue.openSinceMs(0)).toBeUndefined();
    expect(queue.take(0, false)?.samples).toBe(10);
  });

  it('gives one batch of a lane at a time, and an unfinished one only when asked', () => {
    const queue = new FragmentQueue(roomy);
    for (const id of [1, 2, 3]) queue.append(0, fragment(7, { id }), id);
    const first = queue.take(0, true)!;
    expect(first.highestTimestampMs).toBe(1);
    expect(queue.take(0, true)).toBeUndefined();
    queue.settle(first);
    queue.settle(queue.take(0, false)!);
    expect(queue.take(0, false)).toBeUndefined();
    expect(queue.take(0, true)?.highestTimestampMs).toBe(3);
  });

  it('ends a batch before it decompresses to more than receivers take', () => {
    const queue = new FragmentQueue(roomy);
    queue.append(0, fragment(1, { raw: mostUncompressedBytes - 5 }), 0);
    queue.append(0, fragment(1, { raw: 6 }), 0);
    expect(queue.take(0, false)?.uncompressedBytes).toBe(mostUncompressedBytes - 5);
  });

  it('drops the oldest that waits, of any lane, never what is taken', () => {
    const queue = new FragmentQueue({ ...roomy, samples: 20, samplesPerBatch: 5 });
    queue.addLanes(1);
    queue.append(0, fragment(5, { id: 1 }), 0);
    const taken = queue.take(0, false)!;
    queue.append(1, fragment(5, { id: 2 }), 0);
    queue.append(0, fragment(5, { id: 3 }), 0);
    queue.append(1, fragment(5, { id: 4 }), 0);
    expect(queue.append(0, fragment(5, { id: 5 }), 0)).toBe(5);
    expect(queue.samples).toBe(20);
    expect(queue.take(1, false)?.highestTimestampMs).toBe(4);
    queue.settle(taken);
    expect(queue.take(0, false)?.highestTimestampMs).toBe(3);
  });

  it('drops the newest when all else is on the wire', () => {
    const queue = new FragmentQueue({ ...roomy, samples: 10 });
    queue.append(0, fragment(10), 0);
    const taken = queue.take(0, false)!;
    expect(queue.append(0, fragment(3), 0)).toBe(3);
    expect(queue.samples).toBe(10);
    queue.settle(taken);
    expect(queue.append(0, fragment(3), 0)).toBe(0);
  });

  it('is bounded by allocated bytes too', () => {
    const queue = new FragmentQueue({ ...roomy, bytes: 200_000 });
    let dropped = 0;
    for (let i = 0; i < 20; i++) dropped += queue.append(0, fragment(10, { bytes: 40_000 }), 0);
    expect(dropped).toBeGreaterThan(100);
    expect(queue.samples).toBe(200 - dropped);
    expect(queue.bytes).toBe(queue.samples * 4000);
    expect(queue.append(0, fragment(1, { bytes: 300_000 }), 0)).toBe(queue.samples + 201 - dropped);
    expect(queue.samples).toBe(0);
    expect(queue.bytes).toBe(0);
  });

  it('uses the buffers of settled batches again', () => {
    const queue = new FragmentQueue(roomy);
    const buffers = new Set<ArrayBufferLike>();
    for (let i = 0; i < 50; i++) {
      queue.append(0, fragment(10, { bytes: 20_000 }), 0);
      const batch = queue.take(0, false)!;
      buffers.add(batch.body().buffer);
      queue.settle(batch);
    }
    expect(buffers.size).toBe(1);
    expect(queue.memoryBytes).toBeLessThan(100_000);
  });

  it('does not keep the buffer of a batch that was huge', () => {
    const queue = new FragmentQueue(roomy);
    queue.append(0, fragment(10, { bytes: 3_000_000 }), 0);
    queue.settle(queue.take(0, false)!);
    expect(queue.memoryBytes).toBe(0);
  });

  it('after more lanes, nothing new leaves before all that was there is settled', () => {
    const queue = new FragmentQueue(roomy);
    queue.append(0, fragment(10, { id: 1 }), 0);
    queue.append(0, fragment(3, { id: 2 }), 0);
    const taken = queue.take(0, false)!;
    queue.addLanes(1);
    expect(queue.isHolding).toBe(true);
    queue.append(1, fragment(10, { id: 3 }), 0);
    queue.append(0, fragment(2, { id: 4 }), 0);
    expect(queue.take(1, true)).toBeUndefined();
    expect(queue.openSinceMs(0)).toBeUndefined();
    queue.settle(taken);
    expect(queue.take(1, true)).toBeUndefined();
    const unfinished = queue.take(0, false)!;
    expect(unfinished.highestTimestampMs).toBe(2);
    queue.settle(unfinished);
    expect(queue.isHolding).toBe(false);
    expect(queue.take(1, true)?.highestTimestampMs).toBe(3);
    expect(queue.take(0, true)?.highestTimestampMs).toBe(4);
  });

  it('what is cleared is counted, the taken included', () => {
    const queue = new FragmentQueue(roomy);
    for (let i = 0; i < 3; i++) queue.append(0, fragment(7), 0);
    queue.take(0, false);
    expect(queue.clear()).toBe(21);
    expect([queue.samples, queue.bytes, queue.memoryBytes]).toEqual([0, 0, 0]);
  });
});

type Step =
  | { do: 'append'; lane: number; samples: number; bytes: number }
  | { do: 'take'; lane: number; unfinished: boolean }
  | { do: 'settle'; lane: number }
  | { do: 'addLanes' };

/** A queue in use, with what a reader of the wire would note. */
class Use {
  readonly bounds = { samples: 60, bytes: 300_000, samplesPerBatch: 10 };
  readonly queue = new FragmentQueue(this.bounds);
  readonly settled: WriteBatch[] = [];
  readonly #taken = new Map<number, WriteBatch>();
  readonly #lastOut = new Map<number, number>();
  #time = 0;
  #appended = 0;
  #dropped = 0;

  run(step: Step): void {
    if (step.do === 'append') this.#append(step.lane % this.queue.laneCount, step);
    else if (step.do === 'take') this.#take(step.lane % this.queue.laneCount, step.unfinished);
    else if (step.do === 'settle') this.#settle(step.lane % this.queue.laneCount);
    else if (!this.queue.isHolding && this.queue.laneCount < 5) this.queue.addLanes(1);
  }

  check(): void {
    const settled = this.settled.reduce((sum, batch) => sum + batch.samples, 0);
    const onWire = [...this.#taken.values()].reduce((sum, batch) => sum + batch.samples, 0);
    expect(this.queue.samples).toBe(this.#appended - this.#dropped - settled);
    expect(this.queue.samples).toBeLessThanOrEqual(Math.max(this.bounds.samples, onWire));
    expect(new Set([...this.#taken.values()].map((batch) => batch.generation)).size).toBeLessThan(
      2,
    );
  }

  #append(lane: number, { samples, bytes }: { samples: number; bytes: number }): void {
    const id = ++this.#time;
    this.#appended += samples;
    this.#dropped += this.queue.append(lane, fragment(samples, { bytes, id }), id);
  }

  #take(lane: number, unfinished: boolean): void {
    const batch = this.queue.take(lane, unfinished);
    if (batch === undefined) return;
    expect(this.#taken.has(lane)).toBe(false);
    expect(batch.samples).toBeLessThanOrEqual(this.bounds.samplesPerBatch);
    expect(batch.startedMs).toBeGreaterThan(this.#lastOut.get(lane) ?? 0);
    this.#taken.set(lane, batch);
    this.#lastOut.set(lane, batch.highestTimestampMs);
  }

  #settle(lane: number): void {
    const batch = this.#taken.get(lane);
    if (batch === undefined) return;
    this.queue.settle(batch);
    this.#taken.delete(lane);
    this.settled.push(batch);
  }
}

describe('any use of a FragmentQueue', () => {
  const lane = fc.nat(6);
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      do: fc.constant('append' as const),
      lane,
      samples: fc.integer({ min: 1, max: 10 }),
      bytes: fc.integer({ min: 1, max: 30_000 }),
    }),
    fc.record({ do: fc.constant('take' as const), lane, unfinished: fc.boolean() }),
    fc.record({ do: fc.constant('settle' as const), lane }),
    fc.record({ do: fc.constant('addLanes' as const) }),
  );

  it('keeps the order within a lane and of the generations, its counts and its bounds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const use = new Use();
        for (const one of steps) {
          use.run(one);
          use.check();
        }
        const generations = use.settled.map((batch) => batch.generation);
        expect(generations).toEqual(generations.toSorted((a, b) => a - b));
      }),
    );
  });
});
