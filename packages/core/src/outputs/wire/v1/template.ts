import type { Fragment } from '../fragment.js';
import { writeInt64Varint } from '../varint.js';
import { writeValue } from './write-request.js';

/** Length of every timestamp in a template, as a varint. */
export const templateTimeBytes = 6;
// The objects of a template and the heads of its arrays, roughly.
const overheadBytes = 500;

/** True when the timestamp takes six bytes as a varint: years 1971 to 2109. */
export function fitsTemplate(timestampMs: number): boolean {
  return timestampMs >= 2 ** 35 && timestampMs < 2 ** 42;
}

/**
 * A compressed fragment of one target whose labels stay and whose numbers are filled in: the eight
 * bytes of each value, and the six of the first timestamp, of which the later ones are copies.
 */
export class Template implements Fragment {
  readonly bytes: Uint8Array;
  readonly uncompressedBytes: number;
  readonly samples: number;
  highestTimestampMs = 0;
  readonly symbols = undefined;
  readonly #view: DataView;
  readonly #valueHoles: Int32Array;
  // More than one only where labels are so long that no copy reaches the timestamp before.
  readonly #timeHoles: readonly number[];

  constructor(
    bytes: Uint8Array,
    uncompressedBytes: number,
    valueHoles: Int32Array,
    timeHoles: readonly number[],
  ) {
    this.bytes = bytes;
    this.uncompressedBytes = uncompressedBytes;
    this.samples = valueHoles.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#valueHoles = valueHoles;
    this.#timeHoles = timeHoles;
  }

  get memoryBytes(): number {
    const holes = this.#valueHoles.byteLength + this.#timeHoles.length * 8;
    return this.bytes.byteLength + holes + overheadBytes;
  }

  /** Takes `values[from..from + samples)`; the timestamp must pass {@link fitsTemplate}. */
  fill(values: Float64Array, from: number, timestampMs: number): void {
    const view = this.#view;
    const holes = this.#valueHoles;
    for (let i = 0; i < holes.length; i++) writeValue(view, holes[i]!, values[from + i]!);
    for (const hole of this.#timeHoles) writeInt64Varint(this.bytes, hole, timestampMs);
    this.highestTimestampMs = timestampMs;
  }
}
