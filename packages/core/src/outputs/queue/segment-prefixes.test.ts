import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { acknowledge, idOf, made, QueueScene, readAll } from './queue-scene.contract.js';
import type { SegmentLog } from './segment-log.js';

let scene: QueueScene;
beforeEach(() => {
  scene = new QueueScene();
});
afterEach(() => scene.remove());

const prefixOf = (id: number) => ({ bytes: Buffer.alloc(4000, 65 + id), uncompressedBytes: id });

/** Records of a kilobyte, the first half of them with one prefix, the rest with another. */
function fill({ nowMs }: QueueScene, log: SegmentLog, records: number): void {
  const prefixes = [prefixOf(0), prefixOf(1)];
  for (let id = 0; id < records; id++) {
    log.append(id, made(id, 1000), prefixes[id < records / 2 ? 0 : 1], nowMs);
  }
  log.save();
}

function readWithPrefixes(log: SegmentLog): string[] {
  const all: string[] = [];
  for (let record = log.next(); record !== undefined; record = log.next()) {
    const letters = [...new Set(record.prefix)].map((byte) => String.fromCharCode(byte)).join('');
    all.push(`${idOf(record)} ${record.prefix.length}${letters} ${record.prefixUncompressedBytes}`);
  }
  return all;
}

const expected = (records: number) =>
  Array.from({ length: records }, (_, id) =>
    id < records / 2 ? `${id} 4000A 0` : `${id} 4000B 1`,
  );

it('records have their prefixes again, which the disk holds a few times', () => {
  fill(scene, scene.open(), 60);
  scene.killAll();
  const [file] = scene.files('.seg');
  expect(statSync(file!).size).toBeLessThan(60 * 1100 + 6 * 4100);
  expect(readWithPrefixes(scene.open())).toEqual(expected(60));
});

it('records of a queue that goes on have them, those on the disk and those that are not yet', () => {
  const log = scene.open();
  fill(scene, log, 60);
  const prefix = prefixOf(2);
  for (let id = 60; id < 64; id++) log.append(id, made(id, 1000), prefix, scene.nowMs);
  const more = [60, 61, 62, 63].map((id) => `${id} 4000C 2`);
  expect(readWithPrefixes(log)).toEqual([...expected(60), ...more]);
});

it('records are read alone when those that hold the prefix were sent', () => {
  const first = scene.open();
  fill(scene, first, 60);
  const records = readAll(first);
  for (const one of records.slice(0, 59)) acknowledge(first, one);
  first.unload(records[59]!.segment, 59, records[59]!.samples);
  expect(readWithPrefixes(first)).toEqual(['59 4000B 1']);
});

it('a flipped bit costs one record, wherever it is', () => {
  for (let at = 20; at < 40_000; at += 1777) {
    const damaged = new QueueScene();
    fill(damaged, damaged.open(), 20);
    damaged.killAll();
    const file = damaged.files('.seg')[0]!;
    const bytes = readFileSync(file);
    bytes[at % bytes.length]! ^= 4;
    writeFileSync(file, bytes);
    const left = readWithPrefixes(damaged.open());
    expect(left).toEqual(expected(20).filter((one) => left.includes(one)));
    expect(left.length).toBeGreaterThanOrEqual(19);
    damaged.remove();
  }
});
