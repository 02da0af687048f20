import { crc32 } from 'node:zlib';
import { type FragmentPrefix, findRecord, StoredRecord } from './record.js';

/**
 * A prefix is longer than most payloads, and many records have the same. The first two of a segment hold it,
 * so that a damaged one costs itself alone, and a third so far behind that no damaged block takes them all;
 * the others name its CRC32.
 */
const apartBytes = 16 * 1024;
const mostCopies = 3;

const noBytes = new Uint8Array(0);

interface WrittenPrefix {
  readonly reference: FragmentPrefix;
  copies: number;
  /** Where in the segment the first one stands. */
  readonly at: number;
}

/** Which prefixes a segment holds that is being written. */
export class WrittenPrefixes {
  readonly #written = new Map<FragmentPrefix, WrittenPrefix>();

  /** What a record at `at` takes for the prefix: all of it, or a reference. */
  take(prefix: FragmentPrefix, at: number): FragmentPrefix {
    const known = this.#written.get(prefix);
    if (known === undefined) {
      const reference = { bytes: noBytes, uncompressedBytes: crc32(prefix.bytes) };
      this.#written.set(prefix, { reference, copies: 1, at });
      return prefix;
    }
    const isApart = at - known.at >= apartBytes;
    if (known.copies === mostCopies || (known.copies > 1 && !isApart)) return known.reference;
    known.copies++;
    return prefix;
  }
}

/** The prefixes that records of a segment stand for, by CRC32. */
export class ReadPrefixes {
  readonly #found = new Map<number, FragmentPrefix>();

  clear(): void {
    this.#found.clear();
  }

  /**
   * Gives the record its prefix, where it only names it; false when there is none. Prefixes that come by are
   * kept.
   *
   * @param all reads the whole segment
   */
  complete(record: StoredRecord, marker: number, all: () => Buffer): boolean {
    if (record.version === 1) return true;
    if (record.prefix.length > 0) {
      this.#keep(record);
      return true;
    }
    const crc = record.prefixUncompressedBytes;
    if (!this.#found.has(crc)) this.#search(all(), marker);
    const found = this.#found.get(crc);
    if (found === undefined) return false;
    record.prefix = found.bytes;
    record.prefixUncompressedBytes = found.uncompressedBytes;
    return true;
  }

  #search(segment: Buffer, marker: number): void {
    const record = new StoredRecord();
    for (let at = 0; findRecord(segment, at, marker, record); at = record.end) {
      if (record.prefix.length > 0) this.#keep(record);
    }
  }

  #keep({ prefix, prefixUncompressedBytes: uncompressedBytes }: StoredRecord): void {
    const crc = crc32(prefix);
    if (!this.#found.has(crc)) {
      // A copy: what was read is overwritten by what is read next.
      this.#found.set(crc, { bytes: Uint8Array.from(prefix), uncompressedBytes });
    }
  }
}
