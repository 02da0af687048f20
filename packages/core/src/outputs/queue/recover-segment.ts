import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Acknowledgements } from './acknowledgements.js';
import { findRecord, StoredRecord } from './record.js';
import {
  ackSuffix,
  dataSuffix,
  doneSuffix,
  removeSegment,
  Segment,
  segmentPath,
} from './segment.js';
import { readMarker, segmentHeadBytes } from './segment-head.js';

/** What an earlier process left in a folder. */
export interface RecoveredFolder {
  readonly segments: Segment[];
  damagedRecords: number;
  damagedSamples: number;
  /** Files left alone: of a newer version, with head and first record damaged, or unreadable. */
  readonly unreadable: string[];
  /** Files that someone removed; nobody knows how many samples were in them. */
  readonly missing: string[];
}

/** Reads every segment of a folder to its end. Throws what the file system says. */
export function recoverFolder(folder: string): RecoveredFolder {
  const found: RecoveredFolder = {
    segments: [],
    damagedRecords: 0,
    damagedSamples: 0,
    unreadable: [],
    missing: [],
  };
  for (const name of readdirSync(folder)) {
    // The process died while it removed the segment.
    if (name.endsWith(doneSuffix)) removeSegment(path.join(folder, withoutSuffix(name)));
  }
  const names = new Set(readdirSync(folder));
  for (const name of names) {
    const first = sequenceOf(name);
    if (first !== undefined) tryRecover(folder, first, found);
    else if (name.endsWith(ackSuffix) && !names.has(withoutSuffix(name) + dataSuffix)) {
      found.missing.push(path.join(folder, withoutSuffix(name) + dataSuffix));
      // It is said once.
      rmSync(path.join(folder, name), { force: true });
    }
  }
  return found;
}

function withoutSuffix(fileName: string): string {
  return path.basename(fileName, path.extname(fileName));
}

/** The sequence a file's name says; undefined for files that are no segment's. */
function sequenceOf(fileName: string): number | undefined {
  const match = /^(\d{16})\.seg$/.exec(fileName);
  return match === null ? undefined : Number(match[1]);
}

/** One file that cannot be read does not keep the others from being sent. */
function tryRecover(folder: string, first: number, found: RecoveredFolder): void {
  try {
    recoverSegment(folder, first, found);
  } catch {
    found.unreadable.push(segmentPath(folder, first) + dataSuffix);
  }
}

function recoverSegment(folder: string, first: number, found: RecoveredFolder): void {
  const name = segmentPath(folder, first);
  const data = readFileSync(name + dataSuffix);
  const marker = readMarker(data);
  if (marker === undefined) {
    if (data.length > segmentHeadBytes) found.unreadable.push(name + dataSuffix);
    // A segment without a record: its process died before it wrote one.
    else removeSegment(name);
    return;
  }
  const segment = new Segment(folder, first, marker, readAcknowledgements(name + ackSuffix));
  scan(segment, data, found);
  segment.isComplete = true;
  segment.bytes = data.length;
  if (segment.isDone) segment.remove();
  else found.segments.push(segment);
}

/** Counts the records of a segment; what a torn end or a damage in the middle took is gone. */
function scan(segment: Segment, data: Buffer, found: RecoveredFolder): void {
  const record = new StoredRecord();
  let at = segmentHeadBytes;
  while (at < data.length) {
    if (!findRecord(data, at, segment.marker, record)) {
      if (segment.isUnread(segment.records)) found.damagedRecords++;
      break;
    }
    at = record.end;
    const index = record.sequence - segment.first;
    // Left of a write that failed and was made again.
    if (index < segment.records) continue;
    if (index > segment.records) skipGap(segment, index, record.samplesBefore, found);
    if (segment.records === 0) segment.oldestMs = record.appendedMs;
    segment.newestMs = record.appendedMs;
    segment.samples = record.samplesBefore + record.samples;
    if (segment.isUnread(index)) segment.samplesLeft += record.samples;
    segment.records = index + 1;
  }
  segment.forgetBeyond();
}

/** Records up to `index` are not there: those that were not acknowledged are lost. */
function skipGap(
  segment: Segment,
  index: number,
  samplesBefore: number,
  found: RecoveredFolder,
): void {
  const gap = index - segment.records;
  let lost = 0;
  for (let record = segment.records; record < index; record++) {
    if (segment.isUnread(record)) lost++;
    segment.acknowledge(record, 0);
  }
  found.damagedRecords += lost;
  // Of several, the acknowledged ones had their share of the samples.
  found.damagedSamples += Math.round(((samplesBefore - segment.samples) * lost) / gap);
}

function readAcknowledgements(file: string): Acknowledgements {
  try {
    return new Acknowledgements(readFileSync(file));
  } catch (error) {
    // Nothing of the segment was acknowledged yet.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return new Acknowledgements();
    }
    throw error;
  }
}
