import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { acknowledge, QueueScene, readAll } from './queue-scene.contract.js';
import { recordHeadBytes } from './record.js';
import { segmentHeadBytes } from './segment-head.js';
import type { SegmentLog } from './segment-log.js';

/** A file system of a few megabytes can be had. */
const canMount = process.platform === 'linux' && mountWorks();

function mountWorks(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const scenes: QueueScene[] = [];

function scene(...args: ConstructorParameters<typeof QueueScene>): QueueScene {
  const made = new QueueScene(...args);
  scenes.push(made);
  return made;
}

afterEach(() => {
  for (const one of scenes.splice(0)) one.remove();
});

const idsOf = (log: SegmentLog): number[] => readAll(log).map(({ id }) => id);
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

/** A queue of `count` saved records of 20 bytes, and its process dead. */
function leftBehind(count: number, bytes = 20): QueueScene {
  const queue = scene();
  const log = queue.open();
  for (let id = 0; id < count; id++) queue.append(log, id, bytes);
  log.save();
  queue.killAll();
  return queue;
}

function flipBit(file: string, bit: number): void {
  const bytes = readFileSync(file);
  bytes[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
  writeFileSync(file, bytes);
}

describe('after a crash', () => {
  it('what was saved is there, in order', () => {
    const queue = leftBehind(100);
    const log = queue.open();
    expect(log.segments.samples).toBe(range(0, 100).reduce((sum, id) => sum + 1 + (id % 5), 0));
    expect(log.samplesRecovered).toBe(log.segments.samples);
    expect(idsOf(log)).toEqual(range(0, 100));
  });

  it('what was acknowledged is not sent again', () => {
    const queue = leftBehind(100);
    const log = queue.open();
    for (const one of readAll(log)) if (one.id % 3 !== 0) acknowledge(log, one);
    log.save();
    queue.killAll();
    expect(idsOf(queue.open())).toEqual(range(0, 100).filter((id) => id % 3 === 0));
  });

  it('a queue that was all sent leaves no file', () => {
    const queue = leftBehind(10);
    const log = queue.open();
    for (const one of readAll(log)) acknowledge(log, one);
    log.close();
    expect([...queue.files('.seg'), ...queue.files('.ack')]).toEqual([]);
  });

  it('what waits is adopted again after a second crash, before what is newer', () => {
    const queue = leftBehind(5);
    const second = queue.open();
    for (const id of range(5, 10)) queue.append(second, id);
    second.save();
    queue.killAll();
    const third = queue.open();
    queue.append(third, 10);
    expect(idsOf(third)).toEqual(range(0, 11));
  });

  it('the queues of two threads are one', () => {
    const queue = scene();
    const [first, second] = [queue.open('a', 0), queue.open('a', 1)];
    for (const id of range(0, 10)) queue.append(id % 2 === 0 ? first! : second!, id);
    first!.save();
    second!.save();
    queue.killAll();
    expect(idsOf(queue.open()).toSorted((a, b) => a - b)).toEqual(range(0, 10));
  });

  it('the queue of a process that lives is left alone', () => {
    const queue = scene();
    const log = queue.open();
    queue.append(log, 1);
    log.save();
    expect(idsOf(queue.open())).toEqual([]);
    expect(idsOf(log)).toEqual([1]);
  });

  it('a thread in the place of one that died goes on with its queue', () => {
    const queue = scene();
    const log = queue.open('same', 3);
    queue.append(log, 1);
    log.close();
    expect(idsOf(queue.open('same', 3))).toEqual([1]);
  });
});

describe('a damaged disk', () => {
  const bytesEach = recordHeadBytes + 20;

  it('a flipped bit costs one record at most, wherever it is', () => {
    fc.assert(
      fc.property(fc.nat(segmentHeadBytes * 8 + 20 * bytesEach * 8 - 1), (bit) => {
        const queue = leftBehind(20);
        flipBit(queue.files('.seg')[0]!, bit);
        const log = queue.open();
        const record = Math.floor((bit / 8 - segmentHeadBytes) / bytesEach);
        expect(idsOf(log)).toEqual(range(0, 20).filter((id) => id !== record));
        expect(log.damagedRecords).toBe(record >= 0 ? 1 : 0);
        // The samples of the last one cannot be known: nothing behind it says how many there were.
        const samples = record >= 0 && record < 19 ? 1 + (record % 5) : 0;
        expect(queue.dropped.damaged).toBe(samples);
        queue.remove();
      }),
      { numRuns: 60 },
    );
  });

  it('a file that was cut off costs what was behind the cut, and one record', () => {
    fc.assert(
      fc.property(fc.nat(20 * bytesEach + segmentHeadBytes), (length) => {
        const queue = leftBehind(20);
        truncateSync(queue.files('.seg')[0]!, length);
        const log = queue.open();
        const whole = Math.max(0, Math.floor((length - segmentHeadBytes) / bytesEach));
        expect(idsOf(log)).toEqual(range(0, whole));
        queue.remove();
      }),
      { numRuns: 60 },
    );
  });

  it('a flipped bit in the acknowledgements loses nothing', () => {
    for (const bit of [0, 31, 32, 100, 300, 511]) {
      const queue = leftBehind(20);
      const first = queue.open();
      for (const one of readAll(first).slice(0, 10)) acknowledge(first, one);
      first.save();
      queue.killAll();
      flipBit(queue.files('.ack')[0]!, bit);
      expect(idsOf(queue.open())).toEqual(range(0, 20));
    }
  });

  it('a missing segment costs its own records', () => {
    const queue = leftBehind(3000, 4000);
    expect(queue.files('.seg').length).toBeGreaterThan(2);
    rmSync(queue.files('.seg')[1]!);
    const log = queue.open();
    expect([log.missingSegments, queue.missing.length]).toEqual([1, 1]);
    const ids = idsOf(log);
    expect(ids[0]).toBe(0);
    expect(ids.at(-1)).toBe(2999);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  it('a missing segment is said once, and none that was delivered is', () => {
    const queue = leftBehind(3000, 4000);
    const first = queue.open();
    for (const one of readAll(first).slice(0, 1500)) acknowledge(first, one);
    first.save();
    queue.killAll();
    expect(queue.open().missingSegments).toBe(0);
    queue.killAll();
    rmSync(queue.files('.seg').at(-1)!);
    expect(queue.open().missingSegments).toBe(1);
    queue.killAll();
    expect(queue.open().missingSegments).toBe(0);
  });

  it.each([1, 2, 3])('a crash in step %d of removing a segment is no missing one', (step) => {
    const queue = leftBehind(20);
    const [data] = queue.files('.seg');
    const name = data!.slice(0, -'.seg'.length);
    renameSync(`${name}.ack`, `${name}.done`);
    if (step > 1) rmSync(data!);
    if (step > 2) rmSync(`${name}.done`);
    const log = queue.open();
    expect([idsOf(log), log.missingSegments, queue.files('.done')]).toEqual([[], 0, []]);
  });

  it('a segment that is damaged after it was opened costs its record when it is read', () => {
    const queue = leftBehind(20);
    const log = queue.open();
    flipBit(queue.files('.seg')[0]!, (segmentHeadBytes + bytesEach * 7 + 70) * 8);
    expect(idsOf(log)).toEqual(range(0, 20).filter((id) => id !== 7));
    expect([log.damagedRecords, queue.dropped.damaged]).toEqual([1, 3]);
    expect(log.segments.samples).toBe(60 - 3);
  });

  it('a segment that vanishes after it was opened is lost, and no more', () => {
    const queue = leftBehind(20);
    const log = queue.open();
    rmSync(queue.files('.seg')[0]!);
    queue.append(log, 20);
    expect(idsOf(log)).toEqual([20]);
    expect([log.damagedRecords, queue.dropped.damaged]).toEqual([20, 60]);
  });

  it('files that are not ours are left alone', () => {
    const queue = leftBehind(5);
    const folder = path.dirname(queue.files('.seg')[0]!);
    writeFileSync(path.join(folder, '0000000000000007.seg'), Buffer.alloc(1000, 7));
    writeFileSync(path.join(folder, 'notes.txt'), 'hello');
    mkdirSync(path.join(queue.root, 'other'));
    expect(idsOf(queue.open())).toEqual(range(0, 5));
    expect(queue.files('.seg')).toHaveLength(2);
  });
});

describe('limits', () => {
  it('beyond max_bytes the oldest segments go, counted', () => {
    const queue = scene({ maxBytes: 2 ** 20 });
    const log = queue.open();
    for (let id = 0; id < 3000; id++) {
      queue.append(log, id, 1000, 1);
      if (id % 100 === 0) {
        queue.nowMs += 3000;
        log.keepHouse(queue.nowMs);
      }
    }
    queue.nowMs += 3000;
    log.keepHouse(queue.nowMs);
    expect(log.segments.bytes).toBeLessThanOrEqual(2 ** 20);
    expect(log.segments.bytes).toBeGreaterThan(2 ** 19);
    const ids = idsOf(log);
    expect(ids).toEqual(range(3000 - ids.length, 3000));
    expect(queue.dropped).toEqual({ queue_full: 3000 - ids.length, too_old: 0, damaged: 0 });
  });

  it('what other owners hold counts', () => {
    const queue = scene({ maxBytes: 2 ** 20 });
    const [one, other] = [queue.open('a', 0), queue.open('a', 1)];
    for (let id = 0; id < 1200; id++) queue.append(id % 2 === 0 ? one! : other!, id, 1000, 1);
    one!.save();
    other!.save();
    queue.nowMs += 3000;
    one!.keepHouse(queue.nowMs);
    expect(one!.segments.bytes + other!.segments.bytes).toBeLessThanOrEqual(2 ** 20 + 2 ** 17);
  });

  it('what waits longer than max_age goes, counted', () => {
    const queue = scene({ maxAgeMs: 24_000 });
    const log = queue.open();
    queue.append(log, 1, 20, 1);
    queue.nowMs += 20_000;
    queue.append(log, 2, 20, 1);
    queue.nowMs += 10_000;
    log.keepHouse(queue.nowMs);
    expect(idsOf(log)).toEqual([2]);
    expect(queue.dropped).toEqual({ queue_full: 0, too_old: 1, damaged: 0 });
  });

  it('what is on its way out is not dropped with its segment', () => {
    const queue = scene({ maxAgeMs: 24_000 });
    const log = queue.open();
    for (const id of [1, 2, 3]) queue.append(log, id, 20, 1);
    const [first] = [log.next()!];
    const loaded = { segment: first.segment!, record: first.index };
    queue.nowMs += 60_000;
    log.keepHouse(queue.nowMs);
    expect(queue.dropped.too_old).toBe(2);
    expect(log.segments.samples).toBe(1);
    expect(queue.files('.seg')).toEqual([]);
    log.acknowledge(loaded.segment, loaded.record, 1);
    expect([log.segments.samples, log.segments.count]).toEqual([0, 0]);
  });
});

describe('a disk that takes nothing', () => {
  it('keeps records in memory, drops the oldest, and writes again when it can', () => {
    const queue = scene({}, undefined, 200_000);
    const log = queue.open();
    // Root may write anywhere, so the folder's place is taken by a file.
    const folder = path.join(queue.root, readdirSync(queue.root)[0]!);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    for (let id = 0; id < 10_000; id++) queue.append(log, id, 1000, 1);
    expect(queue.pauses.at(-1)).toMatch(/ENOTDIR|EEXIST/);
    expect(log.isPaused).toBe(true);
    expect(log.memoryBytes).toBeLessThan(20e6);
    const { queue_full, damaged } = queue.dropped;
    expect(queue_full).toBeGreaterThan(1000);
    expect(log.segments.samples + queue_full + damaged).toBe(10_000);
    rmSync(folder);
    log.save();
    log.save();
    expect(log.isPaused).toBe(false);
    expect(queue.pauses.length % 2).toBe(0);
    queue.killAll();
    const left = idsOf(queue.open());
    expect(left.length).toBeGreaterThan(0);
    expect(left).toEqual(range(10_000 - left.length, 10_000));
  });

  it.skipIf(!canMount)('a full disk costs the oldest and no more than there is no room for', () => {
    const queue = scene({}, undefined, 2e6);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', queue.root]);
    try {
      const log = queue.open();
      for (let id = 0; id < 20_000; id++) queue.append(log, id, 1000, 1);
      expect(queue.pauses[0]).toMatch(/ENOSPC/);
      const { samples } = log.segments;
      expect(samples).toBe(20_000 - queue.dropped.queue_full);
      expect(samples).toBeGreaterThan(3000);
      expect(idsOf(log)).toEqual(range(20_000 - samples, 20_000));
      // Room again: what waited in memory is written, and survives.
      execFileSync('mount', ['-o', 'remount,size=64m', queue.root]);
      log.save();
      expect([log.isPaused, queue.pauses.at(-1)]).toEqual([false, undefined]);
      queue.killAll();
      expect(idsOf(queue.open())).toEqual(range(20_000 - samples, 20_000));
      expect(queue.dropped.damaged).toBe(0);
    } finally {
      execFileSync('umount', ['-l', queue.root]);
    }
  });

  it.skipIf(process.getuid?.() === 0)('a directory without permission is a start error', () => {
    const queue = scene();
    chmodSync(queue.root, 0o500);
    expect(() => queue.open()).toThrow(/make the directory writable/);
    chmodSync(queue.root, 0o700);
  });

  it('a path that is a file is a start error', () => {
    const queue = scene();
    const file = path.join(queue.root, 'file');
    writeFileSync(file, '');
    expect(() => new QueueScene({}, file).open()).toThrow(/the queue cannot be kept in/);
  });
});

type Step =
  | { do: 'append'; bytes: number; samples: number }
  | { do: 'save' | 'read' | 'crash' | 'close' }
  | { do: 'acknowledge' | 'unload'; which: number };

/** A queue through the lives of several processes, and what must be in it. */
class Lives {
  readonly queue = new QueueScene({ maxBytes: 2 ** 30 });
  #log = this.queue.open();
  #next = 0;
  /** Appended and not acknowledged; `saved` ones survive a crash. */
  readonly #left = new Map<number, { saved: boolean; samples: number }>();
  /** Acknowledged since the last save: may come again. */
  readonly #maybe = new Map<number, number>();
  #loaded: ReturnType<typeof readAll> = [];

  run(step: Step): void {
    if (step.do === 'append') {
      const id = this.#next++;
      this.queue.append(this.#log, id, step.bytes, step.samples);
      this.#left.set(id, { saved: false, samples: step.samples });
    } else if (step.do === 'save') this.#save();
    else if (step.do === 'read') this.#read();
    else if (step.do === 'acknowledge' || step.do === 'unload') this.#end(step.do, step.which);
    else if (step.do === 'close') {
      this.#save();
      this.#log.close();
      this.#reopen();
    } else this.#crash();
    const samples = [...this.#left.values()].reduce((sum, one) => sum + one.samples, 0);
    expect(this.#log.segments.samples).toBe(samples);
  }

  #save(): void {
    this.#log.save();
    for (const one of this.#left.values()) one.saved = true;
    this.#maybe.clear();
  }

  /** What comes is what is left and not loaded, in order. */
  #read(): void {
    const loaded = new Set(this.#loaded.map(({ id }) => id));
    const expected = [...this.#left.keys()].filter((id) => !loaded.has(id));
    const read = readAll(this.#log);
    expect(read.map(({ id }) => id)).toEqual(expected.toSorted((a, b) => a - b));
    this.#loaded.push(...read);
  }

  #end(how: 'acknowledge' | 'unload', which: number): void {
    const [one] = this.#loaded.splice(which % Math.max(1, this.#loaded.length), 1);
    if (one === undefined) return;
    this.#log[how](one.segment, one.record, one.samples);
    if (how === 'unload') return;
    this.#maybe.set(one.id, one.samples);
    this.#left.delete(one.id);
  }

  #crash(): void {
    this.queue.killAll();
    this.#reopen();
    const there = readAll(this.#log);
    const ids = new Set(there.map(({ id }) => id));
    expect(ids.size).toBe(there.length);
    for (const [id, { saved }] of this.#left) if (saved) expect(ids.has(id)).toBe(true);
    for (const id of ids) expect(this.#left.has(id) || this.#maybe.has(id)).toBe(true);
    expect([...ids]).toEqual([...ids].toSorted((a, b) => a - b));
    this.#left.clear();
    for (const { id, samples } of there) this.#left.set(id, { saved: true, samples });
    this.#maybe.clear();
    for (const one of there) this.#log.unload(one.segment, one.record, one.samples);
  }

  #reopen(): void {
    this.#loaded = [];
    this.#log = this.queue.open();
  }
}

describe('any use of a SegmentLog', () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        bytes: fc.oneof(fc.integer({ min: 4, max: 300 }), fc.constant(90_000)),
        samples: fc.integer({ min: 1, max: 9 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('save' as const, 'read' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('crash' as const, 'close' as const) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constantFrom('acknowledge' as const, 'unload' as const),
        which: fc.nat(),
      }),
    },
  );

  it('what was saved is there after a crash, in order, and nothing twice but the last second', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const lives = new Lives();
        try {
          for (const one of steps) lives.run(one);
        } finally {
          lives.queue.remove();
        }
      }),
      { numRuns: 60 },
    );
  });
});
