import {
  type DecodedExemplar,
  type DecodedMessage,
  type DecodedMetadata,
  type DecodedPoint,
  type DecodedSeries,
  MalformedMessage,
} from './decoded-message.js';
import { MessageReader } from './message-reader.js';
import { labelFields, readHistogram, readSample } from './point.js';

/** A Request of remote write 2.0 (io/prometheus/write/v2/types.proto), uncompressed. */
export function decodeVersion2(bytes: Uint8Array): DecodedMessage {
  const symbols: string[] = [];
  const bodies: Uint8Array[] = [];
  const reader = new MessageReader(bytes);
  while (reader.next()) {
    if (reader.number === 4) symbols.push(reader.text());
    else if (reader.number === 5) bodies.push(reader.content());
    else reader.skip();
  }
  const table = new SymbolTable(symbols);
  return { series: bodies.map((body) => readSeries(body, table)), families: [] };
}

function readSeries(bytes: Uint8Array, symbols: SymbolTable): DecodedSeries {
  const reader = new MessageReader(bytes);
  const refs: number[] = [];
  const points: DecodedPoint[] = [];
  const exemplars: DecodedExemplar[] = [];
  let metadata: DecodedMetadata | undefined;
  let createdMs: number | undefined;
  while (reader.next()) {
    if (reader.number === 1) reader.uint32s(refs);
    else if (reader.number === 2) points.push(readSample(reader.content()));
    else if (reader.number === 3) points.push(readHistogram(reader.content()));
    else if (reader.number === 4) exemplars.push(readExemplar(reader.content(), symbols));
    else if (reader.number === 5) metadata = readMetadata(reader.content(), symbols);
    else if (reader.number === 6) createdMs = reader.int64();
    else reader.skip();
  }
  return { labels: symbols.labels(refs), points, exemplars, metadata, createdMs };
}

function readExemplar(bytes: Uint8Array, symbols: SymbolTable): DecodedExemplar {
  const reader = new MessageReader(bytes);
  const refs: number[] = [];
  const numbers: Uint8Array[] = [];
  while (reader.next()) {
    if (reader.number === 1) reader.uint32s(refs);
    else {
      reader.skip();
      numbers.push(reader.whole);
    }
  }
  return { labels: symbols.labels(refs), numbers: Buffer.concat(numbers) };
}

function readMetadata(bytes: Uint8Array, symbols: SymbolTable): DecodedMetadata {
  const reader = new MessageReader(bytes);
  const metadata = { type: 0, help: '', unit: '' };
  while (reader.next()) {
    if (reader.number === 1) metadata.type = reader.uint32();
    else if (reader.number === 3) metadata.help = symbols.at(reader.uint32());
    else if (reader.number === 4) metadata.unit = symbols.at(reader.uint32());
    else reader.skip();
  }
  return metadata;
}

/** The texts of a request, and its labels: most of them are those of many series. */
class SymbolTable {
  readonly #symbols: readonly string[];
  /** As fields, by their references. */
  readonly #labels = new Map<number, Uint8Array>();

  constructor(symbols: readonly string[]) {
    this.#symbols = symbols;
  }

  at(ref: number): string {
    const symbol = this.#symbols[ref];
    if (symbol === undefined) throw new MalformedMessage(`there is no symbol ${ref}`);
    return symbol;
  }

  labels(refs: readonly number[]): Uint8Array {
    if (refs.length % 2 !== 0) throw new MalformedMessage('a label has a name and no value');
    const fields: Uint8Array[] = [];
    for (let i = 0; i < refs.length; i += 2) fields.push(this.#label(refs[i]!, refs[i + 1]!));
    return Buffer.concat(fields);
  }

  #label(name: number, value: number): Uint8Array {
    const symbols = [this.at(name), this.at(value)] as const;
    const key = name * this.#symbols.length + value;
    let label = this.#labels.get(key);
    if (label === undefined) {
      label = labelFields([symbols]);
      this.#labels.set(key, label);
    }
    return label;
  }
}
