import { SnappyCompressor, snappyBound } from '../snappy.js';
import { varintLength, writeVarint } from '../varint.js';
import { findLongestCopies } from './longest-copies.js';

const symbolTag = 0x22; // Request.symbols = 4
// A string of the map, its entry, roughly.
const entryBytes = 80;

/** A table that was asked for so often without growing is worth better compression. */
const settledAfter = 32;

/** Texts that change all the time must not pile up. */
const mostHelpBytes = 4 * 1024 * 1024;

// All is synchronous, so one compressor and one scratch serve every table of a thread.
const snappy = new SnappyCompressor();
let scratch = new Uint8Array(0);

/** The symbols of a request, compressed: snappy elements without the length preamble. */
export interface CompressedSymbols {
  readonly bytes: Uint8Array;
  readonly uncompressedBytes: number;
}

/**
 * The strings that the series of some targets refer to by number. It only grows, so a request may
 * carry a later state of the table than the one its series were encoded by. A symbol is given as the
 * latin1 reading of its UTF-8 bytes: that costs no decoding.
 */
export class SymbolTable {
  /** Targets that refer to it. */
  targets = 0;
  /** How large it was when the first target was in. */
  firstBytes = 0;
  readonly #refs = new Map<string, number>();
  #withHelp: SymbolTable | undefined;
  #bytes = Buffer.alloc(4096);
  #length = 0;
  #compressed: CompressedSymbols | undefined;
  /** Since it grew. */
  #uses = 0;

  constructor() {
    // The first one must be the empty string (io.prometheus.write.v2.Request).
    this.refOf('');
  }

  /** Uncompressed. */
  get bytes(): number {
    return this.#length;
  }

  get memoryBytes(): number {
    const compressed = this.#compressed?.bytes.byteLength ?? 0;
    const own = this.#bytes.byteLength + compressed + this.#refs.size * entryBytes;
    return own + (this.#withHelp?.memoryBytes ?? 0);
  }

  has(symbol: string): boolean {
    return this.#refs.has(symbol);
  }

  /** The number of a symbol, which gets one if it has none. */
  refOf(symbol: string): number {
    const known = this.#refs.get(symbol);
    if (known !== undefined) return known;
    const ref = this.#refs.size;
    this.#refs.set(symbol, ref);
    this.#append(symbol);
    this.#compressed = undefined;
    this.#uses = 0;
    return ref;
  }

  /** Another table, for requests of the same targets that carry help texts too. */
  withHelp(): SymbolTable {
    const isOutgrown = (this.#withHelp?.bytes ?? 0) > mostHelpBytes;
    if (this.#withHelp === undefined || isOutgrown) this.#withHelp = new SymbolTable();
    return this.#withHelp;
  }

  /** All symbols as the repeated field of a request. */
  compressed(): CompressedSymbols {
    if (++this.#uses === settledAfter) this.#compressed = undefined;
    this.#compressed ??= this.#compress();
    return this.#compressed;
  }

  #append(symbol: string): void {
    const { length } = symbol;
    const end = this.#length + symbolBytes(length);
    if (end > this.#bytes.length) {
      const grown = Buffer.alloc(end * 2);
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes[this.#length] = symbolTag;
    const at = writeVarint(this.#bytes, this.#length + 1, length);
    this.#bytes.write(symbol, at, 'latin1');
    this.#length = end;
  }

  #compress(): CompressedSymbols {
    const length = this.#length;
    const bound = snappyBound(length);
    if (scratch.length < bound) scratch = new Uint8Array(bound);
    const { buffer, byteOffset } = this.#bytes;
    snappy.begin(this.#bytes, new DataView(buffer, byteOffset, length), length, scratch);
    if (this.#uses < settledAfter) snappy.findCopies(0, length);
    else findLongestCopies(snappy, this.#bytes, length);
    return { bytes: scratch.slice(0, snappy.end()), uncompressedBytes: length };
  }
}

/** What a symbol of so many bytes takes in a request, uncompressed. */
export function symbolBytes(length: number): number {
  return 1 + varintLength(length) + length;
}
