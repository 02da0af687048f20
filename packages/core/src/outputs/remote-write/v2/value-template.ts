import { normalNanHighWord, normalNanLowWord } from '../../../model/sample.js';
import type { Fragment } from '../fragment.js';
import { writeInt64Varint } from '../varint.js';
import type { SymbolTable } from './symbol-table.js';

// The objects of a template and the heads of its arrays, roughly.
const overheadBytes = 600;

// By how many low bytes must be zero: the bits that then must not be set in a float64's two words.
const lowMasks = Int32Array.from({ length: 9 }, (_, zeros) => (zeros >= 4 ? -1 : maskOf(zeros)));
const highMasks = Int32Array.from({ length: 9 }, (_, zeros) => maskOf(Math.max(0, zeros - 4)));

const word = new DataView(new ArrayBuffer(8));

/**
 * A compressed fragment of one target whose references stay and whose numbers are filled in: of each
 * value the bytes that are not known to be zero, and the first timestamp, of which the later ones are
 * copies. Half of what exporters show are small whole numbers: their low bytes are zero, and stand in
 * the fragment as a part of the copy before them.
 */
export class ValueTemplate implements Fragment {
  readonly bytes: Uint8Array;
  readonly uncompressedBytes: number;
  readonly samples: number;
  readonly symbols: SymbolTable;
  highestTimestampMs = 0;
  /** By sample: where the bytes of its value begin that may change. */
  readonly #holes: Int32Array;
  /** By sample: its value's low bytes that are always zero, 0 to 8. */
  readonly zeros: Uint8Array;
  readonly #timeHoles: readonly number[];

  constructor(parts: {
    bytes: Uint8Array;
    uncompressedBytes: number;
    symbols: SymbolTable;
    holes: Int32Array;
    zeros: Uint8Array;
    timeHoles: readonly number[];
  }) {
    this.bytes = parts.bytes;
    this.uncompressedBytes = parts.uncompressedBytes;
    this.symbols = parts.symbols;
    this.samples = parts.holes.length;
    this.#holes = parts.holes;
    this.zeros = parts.zeros;
    this.#timeHoles = parts.timeHoles;
  }

  get memoryBytes(): number {
    const holes = this.#holes.byteLength + this.zeros.byteLength + this.#timeHoles.length * 8;
    return this.bytes.byteLength + holes + overheadBytes;
  }

  /**
   * Takes `values[from..from + samples)`; the timestamp takes six bytes. False when a value has another
   * byte than zero where the template knows none: then it must be built anew.
   */
  fill(values: Float64Array, from: number, timestampMs: number): boolean {
    const { bytes, zeros } = this;
    const holes = this.#holes;
    for (let i = 0; i < holes.length; i++) {
      const value = values[from + i]!;
      word.setFloat64(0, value, true);
      let low = word.getInt32(0, true);
      let high = word.getInt32(4, true);
      if (Number.isNaN(value)) {
        low = normalNanLowWord;
        high = normalNanHighWord;
      }
      const known = zeros[i]!;
      if (((low & lowMasks[known]!) | (high & highMasks[known]!)) !== 0) return false;
      let at = holes[i]!;
      for (let byte = known; byte < 4; byte++) bytes[at++] = low >>> (byte << 3);
      for (let byte = Math.max(known, 4); byte < 8; byte++) {
        bytes[at++] = high >>> ((byte - 4) << 3);
      }
    }
    for (const hole of this.#timeHoles) writeInt64Varint(bytes, hole, timestampMs);
    this.highestTimestampMs = timestampMs;
    return true;
  }
}

/** Low bytes of a float64 that are zero, 0 to 8. */
export function zeroBytesOf(value: number): number {
  word.setFloat64(0, value, true);
  if (Number.isNaN(value)) return 0;
  let zeros = 0;
  while (zeros < 8 && word.getUint8(zeros) === 0) zeros++;
  return zeros;
}

function maskOf(bytes: number): number {
  return bytes >= 4 ? -1 : (1 << (bytes * 8)) - 1;
}
