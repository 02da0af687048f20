import { crc32 } from 'node:zlib';
import type { Fragment, RequestSymbols } from '../../wire/fragment.js';
import type { LoadedRecord } from '../segment-reader.js';

/** Tables of symbols that are kept at a time: fragments with the same one share a request. */
const mostTables = 64;

/** A fragment read back from the durable queue; reused from one to the next. */
export class StoredFragments implements Fragment {
  bytes: Uint8Array = new Uint8Array(0);
  uncompressedBytes = 0;
  samples = 0;
  highestTimestampMs = 0;
  symbols: RequestSymbols | undefined;
  /** By their bytes. */
  readonly #tables = new Map<string, RequestSymbols>();

  read(record: LoadedRecord): Fragment {
    this.bytes = record.bytes;
    this.uncompressedBytes = record.uncompressedBytes;
    this.samples = record.samples;
    this.highestTimestampMs = record.highestTimestampMs;
    this.symbols = record.version === 1 ? undefined : this.#symbolsOf(record);
    return this;
  }

  #symbolsOf({ prefix, prefixUncompressedBytes }: LoadedRecord): RequestSymbols {
    const key = `${prefix.length} ${prefixUncompressedBytes} ${crc32(prefix)}`;
    const known = this.#tables.get(key);
    if (known !== undefined && Buffer.compare(known.compressed().bytes, prefix) === 0) return known;
    // A copy: a Buffer's own slice() would be a view of what is read next.
    const compressed = { bytes: Buffer.from(prefix), uncompressedBytes: prefixUncompressedBytes };
    const symbols = { compressed: () => compressed };
    const [oldest] = this.#tables.keys();
    if (this.#tables.size >= mostTables && oldest !== undefined) this.#tables.delete(oldest);
    this.#tables.set(key, symbols);
    return symbols;
  }
}
