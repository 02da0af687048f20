import type { ScrapeBatch } from '../scrape-batch.js';
import type { Fragment } from '../wire/fragment.js';

/** What is kept of a part of a target between its scrapes; the encoder's own. */
export type KeptPart = object;

export interface ValuePrefix {
  readonly bytes: Uint8Array;
  readonly uncompressedBytes: number;
}

/** Makes the values of messages, in one format. */
export interface ValueEncoder {
  readonly memoryBytes: number;
  /** The pieces are snappy elements: a message begins with their uncompressed length. */
  readonly isSnappy: boolean;
  /** What every message of the last batch begins with, in front of its pieces. */
  readonly prefix: ValuePrefix | undefined;
  newPart(): KeptPart;
  forget(part: KeptPart): void;
  /** Calls `emit` with each piece, which is valid until `emit` returns; a message holds whole pieces. */
  encode(batch: ScrapeBatch, part: KeptPart, emit: (piece: Fragment) => void): void;
}
