import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DurableQueueOptions } from './queue-options.js';
import { folderName, nobody, parseFolderName } from './queue-owner.js';
import { QueueQuota } from './queue-quota.js';
import type { Segment } from './segment.js';
import { SegmentLog } from './segment-log.js';
import type { QueueDropReason } from './segment-log-parts.js';

/** A fragment whose bytes say which one it is. */
export function made(id: number, bytes = 20, samples = 1 + (id % 5)) {
  const body = Buffer.alloc(Math.max(4, bytes), id & 0xff);
  body.writeUInt32LE(id);
  return { bytes: body, uncompressedBytes: bytes * 3, samples, highestTimestampMs: id };
}

export function idOf(record: { readonly bytes: Uint8Array }): number {
  return Buffer.from(record.bytes).readUInt32LE();
}

export interface Loaded {
  readonly id: number;
  readonly segment: Segment;
  readonly record: number;
  readonly samples: number;
}

/** A queue's folder, and the processes that have it one after the other. */
export class QueueScene {
  readonly root: string;
  readonly dropped: Record<QueueDropReason, number> = { queue_full: 0, too_old: 0, damaged: 0 };
  readonly pauses: (string | undefined)[] = [];
  readonly damaged: number[] = [];
  /** Files that were told to be left alone. */
  readonly unreadable: string[] = [];
  readonly missing: string[] = [];
  nowMs = 1_700_000_000_000;
  readonly #options: Partial<DurableQueueOptions>;
  readonly #unwrittenBytes: number;
  #process = 0;

  constructor(options: Partial<DurableQueueOptions> = {}, root?: string, unwrittenBytes = 1e6) {
    this.root = root ?? mkdtempSync(path.join(tmpdir(), 'queue-'));
    this.#options = options;
    this.#unwrittenBytes = unwrittenBytes;
  }

  /** Of an output. */
  quota(root = this.root): QueueQuota {
    return new QueueQuota(root, this.#options.maxBytes ?? 2 ** 30, 2 * this.#unwrittenBytes);
  }

  /** @param topic a folder of its own in that of the output */
  open(agent = `agent${this.#process++}`, thread = 0, quota?: QueueQuota, topic = ''): SegmentLog {
    return new SegmentLog(
      {
        root: path.join(this.root, topic),
        agent,
        thread,
        quota: quota ?? this.quota(),
        options: {
          path: this.root,
          maxBytes: 2 ** 30,
          maxAgeMs: 86_400_000,
          order: 'per_series',
          fsync: 'none',
          ...this.#options,
        },
        hooks: {
          dropped: (reason, samples) => {
            this.dropped[reason] += samples;
          },
          paused: (error) => this.pauses.push(error),
          recovered: (found) => {
            this.unreadable.push(...found.unreadable);
            this.missing.push(...found.missing);
          },
          damaged: (_file, records) => this.damaged.push(records),
        },
      },
      this.nowMs,
    );
  }

  append(log: SegmentLog, id: number, bytes?: number, samples?: number): void {
    this.nowMs += 1;
    log.append(id, made(id, bytes, samples), undefined, this.nowMs);
  }

  /** Every process that had a queue here is gone. */
  killAll(): void {
    for (const name of readdirSync(this.root)) {
      const owner = parseFolderName(name);
      if (owner === undefined || owner.pid === 0) continue;
      renameSync(path.join(this.root, name), path.join(this.root, folderName(nobody(owner))));
    }
    this.nowMs += 1;
  }

  /** The files with this suffix, in order. */
  files(suffix: '.seg' | '.ack' | '.done'): string[] {
    return readdirSync(this.root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(suffix))
      .sort((a, b) => path.basename(a).localeCompare(path.basename(b)))
      .map((name) => path.join(this.root, name));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Reads all that is unread. */
export function readAll(log: SegmentLog): Loaded[] {
  const all: Loaded[] = [];
  for (let record = log.next(); record !== undefined; record = log.next()) {
    const { segment, index, samples } = record;
    all.push({ id: idOf(record), segment: segment!, record: index, samples });
  }
  return all;
}

export function acknowledge(log: SegmentLog, { segment, record, samples }: Loaded): void {
  log.acknowledge(segment, record, samples);
}
