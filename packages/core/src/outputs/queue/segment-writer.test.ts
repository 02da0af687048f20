import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { made } from './queue-scene.contract.js';
import { SegmentWriters } from './segment-writers.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'writer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a segment that is written and ended during a sync is closed once, not over the file that came after it', async () => {
  const writers = new SegmentWriters(true);
  const writer = writers.begin(folder, 0);
  const write = (id: number) => {
    writer.append(id, made(id), undefined, 0);
    writers.write();
  };
  write(1);
  const syncing = writers.sync();
  write(2);
  writers.end(writer.segment);
  await syncing;
  expect(writers.isUnsynced).toBe(true);
  // What is opened next gets the lowest free number: the segment's, had it been closed.
  const next = openSync(writer.segment.dataFile, 'r');
  await writers.sync();
  expect(fstatSync(next).isFile()).toBe(true);
  expect(writers.isUnsynced).toBe(false);
  writers.close();
  expect(fstatSync(next).isFile()).toBe(true);
  closeSync(next);
});

test('a segment that was ended before it was synced is synced with the others, at once', () => {
  const writers = new SegmentWriters(true);
  const ended = writers.begin(folder, 0);
  ended.append(1, made(1), undefined, 0);
  writers.write();
  writers.end(ended.segment);
  const current = writers.begin(folder, 10);
  current.append(2, made(2), undefined, 0);
  writers.write();
  expect([ended.isUnsynced, current.isUnsynced]).toEqual([true, true]);
  writers.syncNow();
  expect([ended.isUnsynced, current.isUnsynced, writers.isUnsynced]).toEqual([false, false, false]);
  writers.close();
});
