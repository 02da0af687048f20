import { SnappyCompressor, snappyBound } from './snappy.js';
import { uncompress } from './uncompress.js';
import { varintLength, writeVarint } from './varint.js';

/** Which message a request holds. */
export type WriteVersion = 1 | 2;

/** Series of a request, by place: the end is not in. */
export type Range = readonly [from: number, to: number];

const seriesTags: Readonly<Record<WriteVersion, number>> = { 1: 0x0a, 2: 0x2a };
const symbolTag = 0x22; // Request.symbols = 4, of 2.0

const snappy = new SnappyCompressor();

/** A request of our own taken apart, to send some of its series again. */
export class RequestParts {
  readonly version: WriteVersion;
  /** The series' fields, tags included. */
  series: readonly Uint8Array[];
  /** Of 2.0: the table's fields. */
  readonly symbols: readonly Uint8Array[];

  constructor(body: Uint8Array, version: WriteVersion) {
    this.version = version;
    const bytes = uncompress(body);
    const series: Uint8Array[] = [];
    const symbols: Uint8Array[] = [];
    for (const field of fieldsOf(bytes)) {
      if (field[0] === seriesTags[version]) series.push(field);
      else if (field[0] === symbolTag) symbols.push(field);
    }
    this.series = series;
    this.symbols = symbols;
  }

  /** Puts these series behind the others; returns how many they are. */
  putLast(isLast: (series: Uint8Array) => boolean): number {
    const last = this.series.filter(isLast);
    if (last.length === 0) return 0;
    this.series = [...this.series.filter((one) => !isLast(one)), ...last];
    return last.length;
  }

  /** A request of some of the series. */
  body(ranges: readonly Range[]): Uint8Array {
    const series = ranges.flatMap(([from, to]) => this.series.slice(from, to));
    return compressed(Buffer.concat([...this.symbols, ...series]));
  }
}

/** A message as a request's body. */
export function compressed(message: Uint8Array): Uint8Array {
  const elements = compressedElements(message);
  const body = new Uint8Array(elements.length + 5);
  const at = writeVarint(body, 0, message.length);
  body.set(elements, at);
  return body.subarray(0, at + elements.length);
}

/** The same without the length preamble. */
export function compressedElements(message: Uint8Array): Uint8Array {
  const out = new Uint8Array(snappyBound(message.length));
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  snappy.begin(message, view, message.length, out);
  snappy.findCopies(0, message.length);
  return out.subarray(0, snappy.end());
}

/** The length-delimited fields of a message, each with its tag. */
export function* fieldsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const { value, end } = varintAt(bytes, at + 1);
    yield bytes.subarray(at, end + value);
    at = end + value;
  }
}

export function varintAt(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  let at = start;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, end: at };
  }
}

/** A length-delimited field. */
export function field(tag: number, content: Uint8Array): Uint8Array {
  const out = new Uint8Array(1 + varintLength(content.length) + content.length);
  out[0] = tag;
  out.set(content, writeVarint(out, 1, content.length));
  return out;
}
