import type { CompressedSymbols } from './v2/symbol-table.js';

/**
 * A part of a write request, compressed: snappy elements without the length preamble. Fragments
 * stand behind each other under one preamble, for copy offsets are relative and never reach before
 * their own fragment, and repeated protobuf fields concatenate.
 */
export interface Fragment {
  /** Overwritten by the next fragment or scrape: whoever keeps it takes a copy. */
  readonly bytes: Uint8Array;
  readonly uncompressedBytes: number;
  readonly samples: number;
  readonly highestTimestampMs: number;
  /** Of remote write 2.0: the table its references go by. One request holds fragments of one table. */
  readonly symbols: RequestSymbols | undefined;
}

/** What the series of a 2.0 request refer to: a table in use, or one read back from the queue. */
export interface RequestSymbols {
  compressed(): CompressedSymbols;
}
