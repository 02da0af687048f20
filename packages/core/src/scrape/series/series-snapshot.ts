import { crc32 } from 'node:zlib';

/** A series of a target that moves: its labels as remote-write 1.0 bytes (see SeriesLabels). */
export interface KnownSeries {
  readonly labelBytes: Uint8Array;
  /** The last scrape had it: it gets a stale marker when the next has it not. */
  readonly isLive: boolean;
  /** Its last sample with a time of its own. */
  readonly last?: { readonly timestampMs: number; readonly value: number } | undefined;
}

/** What goes with a target to another thread or member. */
export interface TargetSnapshot {
  readonly targetId: string;
  /** What its last scrape was stamped with, Unix ms; -Infinity before the first. */
  readonly stampMs: number;
  /** The tick the new owner begins with, Unix ms. */
  readonly nextTickMs: number;
  /** Samples of the last scrape: the target's load. */
  readonly samples: number;
  readonly series: Iterable<KnownSeries>;
}

/*
 * Version 1, numbers little endian:
 *   0  "PASN"                 4  version, u8; 3 bytes 0
 *   8  target id, 8 bytes     16 stampMs, f64    24 nextTickMs, f64
 *   32 samples, u32           36 series, u32
 *   40 per series: u32 length of its labels × 4 + flags (1: live, 2: has a last sample), the labels;
 *      of a last sample its timestampMs and value, f64 each
 *   end: CRC-32 of all before, u32
 */
const magic = 0x4e534150;
const version = 1;
const headBytes = 40;
const crcBytes = 4;
const lastBytes = 16;
const isLiveFlag = 1;
const hasLastFlag = 2;

export function writeSnapshot(snapshot: TargetSnapshot): Uint8Array<ArrayBuffer> {
  let out = Buffer.allocUnsafeSlow(64 * 1024);
  out.writeUInt32LE(magic, 0);
  out.writeUInt32LE(version, 4);
  out.write(snapshot.targetId, 8, 'hex');
  out.writeDoubleLE(snapshot.stampMs, 16);
  out.writeDoubleLE(snapshot.nextTickMs, 24);
  out.writeUInt32LE(snapshot.samples, 32);
  let at = headBytes;
  let count = 0;
  for (const one of snapshot.series) {
    const { labelBytes, isLive, last } = one;
    const needed = at + 4 + labelBytes.length + lastBytes + crcBytes;
    if (needed > out.length) out = grown(out, needed);
    const flags = (isLive ? isLiveFlag : 0) + (last === undefined ? 0 : hasLastFlag);
    out.writeUInt32LE(labelBytes.length * 4 + flags, at);
    out.set(labelBytes, at + 4);
    at += 4 + labelBytes.length;
    if (last !== undefined) {
      out.writeDoubleLE(last.timestampMs, at);
      at = out.writeDoubleLE(last.value, at + 8);
    }
    count++;
  }
  out.writeUInt32LE(count, 36);
  out.writeUInt32LE(crc32(out.subarray(0, at)), at);
  return new Uint8Array(out.buffer as ArrayBuffer, 0, at + crcBytes);
}

/**
 * Undefined for bytes that are no whole snapshot of this version: the target then starts clean. The
 * series are views into `bytes`.
 */
export function readSnapshot(bytes: Uint8Array): TargetSnapshot | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < headBytes + crcBytes) return undefined;
  if (buffer.readUInt32LE(0) !== magic || buffer.readUInt32LE(4) !== version) return undefined;
  const end = buffer.length - crcBytes;
  if (crc32(buffer.subarray(0, end)) !== buffer.readUInt32LE(end)) return undefined;
  const stampMs = buffer.readDoubleLE(16);
  const nextTickMs = buffer.readDoubleLE(24);
  if (Number.isNaN(stampMs) || !Number.isFinite(nextTickMs)) return undefined;
  if (!holdsSeries(buffer, end, buffer.readUInt32LE(36))) return undefined;
  return {
    targetId: buffer.toString('hex', 8, 16),
    stampMs,
    nextTickMs,
    samples: buffer.readUInt32LE(32),
    series: seriesOf(buffer, end),
  };
}

function grown(from: Buffer<ArrayBuffer>, needed: number): Buffer<ArrayBuffer> {
  const to = Buffer.allocUnsafeSlow(Math.max(needed, from.length * 2));
  to.set(from);
  return to;
}

function* seriesOf(buffer: Buffer, end: number): Generator<KnownSeries> {
  for (let at = headBytes; at < end; ) {
    const head = buffer.readUInt32LE(at);
    const start = at + 4;
    at = start + (head >>> 2);
    const labelBytes = buffer.subarray(start, at);
    const isLive = (head & isLiveFlag) > 0;
    if ((head & hasLastFlag) === 0) {
      yield { labelBytes, isLive };
      continue;
    }
    const last = { timestampMs: buffer.readDoubleLE(at), value: buffer.readDoubleLE(at + 8) };
    at += lastBytes;
    yield { labelBytes, isLive, last };
  }
}

/** True when the bytes up to `end` are exactly so many series, each with well-formed labels. */
function holdsSeries(buffer: Buffer, end: number, count: number): boolean {
  let at = headBytes;
  for (let i = 0; i < count; i++) {
    if (at + 4 > end) return false;
    const head = buffer.readUInt32LE(at);
    const labels = at + 4;
    at = labels + (head >>> 2);
    if (at > end || !areLabels(buffer, labels, at)) return false;
    if ((head & hasLastFlag) === 0) continue;
    if (at + lastBytes > end || Number.isNaN(buffer.readDoubleLE(at))) return false;
    at += lastBytes;
  }
  return at === end;
}

/** Label messages with a name and a value each, and nothing else. */
function areLabels(bytes: Uint8Array, start: number, end: number): boolean {
  const place = { at: start };
  while (place.at < end) {
    const label = enter(bytes, place, 0x0a, end);
    const name = enter(bytes, place, 0x0a, label);
    if (name <= place.at) return false;
    place.at = name;
    const value = enter(bytes, place, 0x12, label);
    if (value !== label) return false;
    place.at = value;
  }
  return end > start;
}

/** Steps into a field of the given tag; returns its end, or -1 when it is none or passes `end`. */
function enter(bytes: Uint8Array, place: { at: number }, tag: number, end: number): number {
  if (place.at >= end || bytes[place.at] !== tag) return -1;
  let length = 0;
  for (let i = 1; i <= 4 && place.at + i < end; i++) {
    const byte = bytes[place.at + i]!;
    length |= (byte & 127) << (7 * (i - 1));
    if (byte > 127) continue;
    place.at += i + 1;
    return place.at + length <= end ? place.at + length : -1;
  }
  return -1;
}
