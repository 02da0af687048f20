import { type RecoveredFolder, recoverFolder } from './recover-segment.js';
import type { Segment } from './segment.js';

/** What dead owners left to this queue. */
export interface RecoveredQueue {
  readonly folders: readonly string[];
  readonly segments: readonly Segment[];
  readonly samples: number;
  readonly bytes: number;
  readonly damagedRecords: number;
  readonly damagedSamples: number;
  readonly unreadable: readonly string[];
  readonly missing: readonly string[];
}

/** Reads all of it. Throws what the file system says. */
export function recoverQueue(folders: readonly string[]): RecoveredQueue {
  const found = folders.map(recoverFolder);
  const sum = (of: (folder: RecoveredFolder) => number) =>
    found.reduce((total, folder) => total + of(folder), 0);
  const segments = found.flatMap((folder) => folder.segments);
  return {
    folders,
    segments,
    samples: segments.reduce((total, segment) => total + segment.samplesLeft, 0),
    bytes: segments.reduce((total, segment) => total + segment.bytes, 0),
    damagedRecords: sum((folder) => folder.damagedRecords),
    damagedSamples: sum((folder) => folder.damagedSamples),
    unreadable: found.flatMap((folder) => folder.unreadable),
    missing: found.flatMap((folder) => folder.missing),
  };
}
