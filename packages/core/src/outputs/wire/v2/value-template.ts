import { normalNanHighWord, normalNanLowWord } from '../../../model/sample.js';
import type { Fragment } from '../fragment.js';
import { writeInt64Varint } from '../varint.js';
import type { SymbolTable } from './symbol-table.js';

// The objects of a template and the heads of its arrays, roughly.
const overheadBytes = 600;

/** After so many scrapes, what has not changed is taken for constant. */
const firstLook = 8;
/** A build costs as much as filling a few hundred times: one in so many scrapes at most. */
const fillsPerBuild = 64;
const freeBuilds = 8;
/** What is newly constant spares two bytes each, mostly: fewer values of a part are not worth a build. */
const leastNewlyConstant = 1 / 40;
/** By so many bits a whole number may grow before it needs another byte. */
const headroomBits = 3;

/** Of a value that has been the same for a while: all of its bytes stand in the template. */
export const pinned = 9;

// By how many low bytes must be zero: the bits that then must not be set in a float64's two words.
const lowMasks = Int32Array.from({ length: 9 }, (_, zeros) => maskOf(zeros));
const highMasks = Int32Array.from({ length: 9 }, (_, zeros) => maskOf(Math.max(0, zeros - 4)));

const oneValue = new Float64Array(1);
/** Its words, the low one first, as on all machines that Node.js runs on but s390x. */
const words = new Int32Array(oneValue.buffer);

/**
 * A compressed fragment of one target whose references stay and whose numbers are filled in: of each
 * value the bytes that are not known, and the first timestamp, of which the later ones are copies. Half
 * of what exporters show does not change, and half of the rest are small whole numbers, whose low bytes
 * are zero: what is known stands in the fragment as a part of the copy before it.
 */
export class ValueTemplate implements Fragment {
  readonly bytes: Uint8Array;
  readonly uncompressedBytes: number;
  readonly samples: number;
  readonly symbols: SymbolTable;
  highestTimestampMs = 0;
  /** By sample: where the bytes of its value begin that may change. */
  readonly #holes: Int32Array;
  /** By sample: its value's low bytes that are always zero, 0 to 8, or {@link pinned}. */
  readonly known: Uint8Array;
  /** Those that its bytes hold. */
  readonly values: Float64Array;
  readonly #view: DataView;
  /** By sample: 1 when it was another value since the last look at what does not change. */
  #changed: Uint8Array;
  readonly #timeHoles: readonly number[];
  /** Scrapes since its layout is known, and how many templates it took to hold them. */
  #fills = 0;
  #builds = 1;
  #ripeAt = firstLook;

  constructor(parts: {
    bytes: Uint8Array;
    uncompressedBytes: number;
    symbols: SymbolTable;
    holes: Int32Array;
    known: Uint8Array;
    values: Float64Array;
    timeHoles: readonly number[];
  }) {
    this.bytes = parts.bytes;
    this.uncompressedBytes = parts.uncompressedBytes;
    this.symbols = parts.symbols;
    this.samples = parts.holes.length;
    this.#holes = parts.holes;
    this.known = parts.known;
    this.values = parts.values;
    const { buffer, byteOffset, byteLength } = parts.bytes;
    this.#view = new DataView(buffer, byteOffset, byteLength);
    this.#timeHoles = parts.timeHoles;
    this.#changed = new Uint8Array(this.samples);
  }

  get memoryBytes(): number {
    const bySample = this.known.byteLength + this.#changed.byteLength;
    const holes = this.#holes.byteLength + bySample + this.#timeHoles.length * 8;
    return this.bytes.byteLength + this.values.byteLength + holes + overheadBytes;
  }

  /** It is time for {@link knownNext}: some values seem to be constant. */
  get isRipe(): boolean {
    return this.#fills >= this.#ripeAt;
  }

  /** A layout that comes after may count on what is known. */
  get isLasting(): boolean {
    return this.#ripeAt > firstLook;
  }

  /** The value has been the same since the last look, and is not known yet. */
  isNewlyConstant(i: number): boolean {
    return this.#changed[i] === 0 && this.known[i] !== pinned;
  }

  /** What was taken for known has changed too often: nothing is, for some time. */
  get isRestless(): boolean {
    return this.#builds > freeBuilds + this.#fills / fillsPerBuild;
  }

  /** The same series in another layout, most of them: it need not wait for a first look. */
  goOn(before: ValueTemplate): void {
    this.#fills = before.#fills;
    this.#ripeAt = before.#ripeAt;
  }

  /** Goes on counting where the template before it ended. */
  inherit(before: ValueTemplate): void {
    this.#fills = before.#fills + 1;
    this.#builds = before.#builds + 1;
    this.#ripeAt = before.#ripeAt;
    if (before.isRipe) {
      this.#lookAgain();
      return;
    }
    this.#changed = before.#changed;
    for (let i = 0; i < this.samples; i++) {
      if (!Object.is(this.values[i], before.values[i])) this.#changed[i] = 1;
    }
  }

  /** What became constant is worth another template. */
  #isWorthBuilding(): boolean {
    let newlyConstant = 0;
    for (let i = 0; i < this.samples; i++) if (this.isNewlyConstant(i)) newlyConstant++;
    return newlyConstant > this.samples * leastNewlyConstant;
  }

  #lookAgain(): void {
    this.#ripeAt *= 8;
    this.#changed.fill(0);
  }

  /**
   * Takes `values[from..from + samples)`; the timestamp takes six bytes. False when a value has another
   * byte than the template knows: then it must be built anew.
   */
  fill(values: Float64Array, from: number, timestampMs: number): boolean {
    const { values: held, samples } = this;
    for (let i = 0; i < samples; i++) {
      const value = values[from + i]!;
      // Of two zeros one may be negative.
      if (value === held[i]! && value !== 0) continue;
      if (!Object.is(value, held[i]!) && !this.#change(i, value)) return false;
    }
    for (const hole of this.#timeHoles) writeInt64Varint(this.bytes, hole, timestampMs);
    this.highestTimestampMs = timestampMs;
    if (++this.#fills >= this.#ripeAt && !this.#isWorthBuilding()) this.#lookAgain();
    return true;
  }

  /** False when it has another byte than the template knows. */
  #change(i: number, value: number): boolean {
    const zeros = this.known[i]!;
    if (zeros === pinned) return false;
    oneValue[0] = value;
    const isNan = Number.isNaN(value);
    const low = isNan ? normalNanLowWord : words[0]!;
    const high = isNan ? normalNanHighWord : words[1]!;
    if (((low & lowMasks[zeros]!) | (high & highMasks[zeros]!)) !== 0) return false;
    this.#write(this.#holes[i]!, zeros, low, high);
    this.values[i] = value;
    this.#changed[i] = 1;
    return true;
  }

  /** The bytes above those that are zero: as few writes as there can be. */
  #write(hole: number, zeros: number, low: number, high: number): void {
    const view = this.#view;
    let at = hole;
    if (zeros < 4) {
      if ((zeros & 1) !== 0) view.setUint8(at++, low >>> (zeros << 3));
      if (zeros === 0) view.setInt32(at, low, true);
      else if (zeros < 3) view.setInt16(at, low >>> 16, true);
      view.setInt32(at + (zeros === 0 ? 4 : zeros < 3 ? 2 : 0), high, true);
    } else if (zeros === 4) view.setInt32(at, high, true);
    else {
      if ((zeros & 1) !== 0) view.setUint8(at++, high >>> ((zeros - 4) << 3));
      if (zeros < 7) view.setInt16(at, high >>> 16, true);
    }
  }
}

/**
 * Low bytes of a float64 that are zero and will be as long as it stays a whole number of a size like
 * that of now, 0 to 6: one that grows eightfold still fits.
 */
export function zeroBytesOf(value: number): number {
  const size = Math.abs(value);
  if (!Number.isInteger(value) || size >= 2 ** 48) return 0;
  const bits = size < 2 ** 31 ? 32 - Math.clz32(size) : 63 - Math.clz32(size / 2 ** 31);
  return Math.max(0, Math.floor((53 - bits - headroomBits) / 8));
}

/** What the next template of the same series may know: less of what has changed, more of what has not. */
export function knownNext(before: ValueTemplate, values: Float64Array): Uint8Array {
  if (before.isRestless) return new Uint8Array(values.length);
  const { isRipe } = before;
  return before.known.map((known, i) => {
    const value = values[i]!;
    const isSame = Object.is(value, before.values[i]!);
    if (isSame && isRipe && before.isNewlyConstant(i)) return pinned;
    if (known === pinned) return isSame ? pinned : zeroBytesOf(value);
    return Math.min(known, zeroBytesOf(value));
  });
}

function maskOf(bytes: number): number {
  return bytes >= 4 ? -1 : (1 << (bytes * 8)) - 1;
}
