import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { QueueScene, readAll } from './queue-scene.contract.js';
import type { SegmentLog } from './segment-log.js';

const mb = 2 ** 20;
const canMount = process.platform === 'linux' && mountWorks();

function mountWorks(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'mount-'));
  try {
    mount(folder, '1m');
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mount(folder: string, size: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], {
    stdio: 'ignore',
  });
}

let queue: QueueScene;
let isMounted = false;

afterEach(() => {
  if (isMounted) execFileSync('umount', ['-l', queue.root]);
  isMounted = false;
  queue.remove();
});

/** Queues of one output in one thread. */
function openTopics(names: readonly string[]): SegmentLog[] {
  const quota = queue.quota();
  return names.map((name) => queue.open('agent', 0, quota, name));
}

const bytesOf = (logs: readonly SegmentLog[]): number =>
  logs.reduce((sum, { segments }) => sum + segments.bytes, 0);

function keepHouse(logs: readonly SegmentLog[]): void {
  queue.nowMs += 3000;
  for (const log of logs) log.keepHouse(queue.nowMs);
}

const idsOf = (log: SegmentLog): number[] => readAll(log).map(({ id }) => id);

describe('queues of one output', () => {
  it('share max_bytes: the oldest goes first, whichever of them it is in', () => {
    queue = new QueueScene({ maxBytes: mb });
    const logs = openTopics(['old', 'new']);
    const [old, fresh] = logs;
    for (let id = 0; id < 500; id++) queue.append(old!, id, 1000, 1);
    for (let id = 500; id < 1500; id++) queue.append(fresh!, id, 1000, 1);
    keepHouse(logs);
    expect(bytesOf(logs)).toBeLessThanOrEqual(mb);
    expect(bytesOf(logs)).toBeGreaterThan(mb * 0.7);
    const kept = logs.flatMap(idsOf);
    // What is kept is the end of what came, but for what is not complete yet.
    expect(kept.slice(-800)).toEqual(Array.from({ length: 800 }, (_, i) => 700 + i));
    expect(queue.dropped.queue_full).toBe(1500 - kept.length);
  });

  it('are too many to leave each what is appended to', () => {
    queue = new QueueScene({ maxBytes: mb });
    const logs = openTopics(Array.from({ length: 40 }, (_, i) => `topic${i}`));
    for (const [id, log] of logs.entries()) {
      for (let i = 0; i < 50; i++) queue.append(log, id, 1000, 1);
    }
    keepHouse(logs);
    expect(bytesOf(logs)).toBeLessThanOrEqual(mb);
    const kept = logs.flatMap(idsOf);
    expect(queue.dropped.queue_full).toBe(2000 - kept.length);
    expect(Math.max(...kept)).toBe(39);
    expect(Math.min(...kept)).toBeGreaterThan(15);
  });

  it('count what other threads have of topics that are not here', () => {
    queue = new QueueScene({ maxBytes: mb });
    const other = queue.open('agent', 1, queue.quota(), 'theirs');
    for (let id = 0; id < 600; id++) queue.append(other, id, 1000, 1);
    other.save();
    const [ours] = openTopics(['ours']);
    for (let id = 0; id < 800; id++) queue.append(ours!, id, 1000, 1);
    keepHouse([ours!]);
    expect(bytesOf([ours!, other])).toBeLessThanOrEqual(mb);
    expect(other.segments.bytes).toBeGreaterThan(600_000);
  });

  it('one that is closed gives its part to the others', () => {
    queue = new QueueScene({ maxBytes: mb });
    const logs = openTopics(['one', 'other']);
    for (let id = 0; id < 600; id++) queue.append(logs[0]!, id, 1000, 1);
    for (const { segment, record, samples } of readAll(logs[0]!)) {
      logs[0]!.acknowledge(segment, record, samples);
    }
    logs[0]!.close();
    for (let id = 0; id < 900; id++) queue.append(logs[1]!, id, 1000, 1);
    keepHouse([logs[1]!]);
    expect(idsOf(logs[1]!)).toHaveLength(900);
  });

  it.skipIf(!canMount)('share the memory for what a full disk does not take', () => {
    queue = new QueueScene({ maxBytes: 100 * mb }, undefined, mb);
    mount(queue.root, '64k');
    isMounted = true;
    const logs = openTopics(['one', 'other', 'third']);
    for (let id = 0; id < 6000; id++) queue.append(logs[id % 3]!, id, 1000, 1);
    const unwritten = logs.reduce((sum, log) => sum + log.unwrittenBytes, 0);
    expect(unwritten).toBeLessThanOrEqual(1.2 * mb);
    expect(unwritten).toBeGreaterThan(0.5 * mb);
    const kept = logs.flatMap(idsOf);
    expect(queue.dropped.queue_full).toBe(6000 - kept.length);
    expect(Math.max(...kept)).toBe(5999);
  });
});
