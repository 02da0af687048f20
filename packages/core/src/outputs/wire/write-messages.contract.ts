// Decodes the messages of remote write 1.0 and 2.0 in full, for tests.

export type LabelPairs = readonly (readonly [name: string, value: string])[];

export interface DecodedExemplar {
  readonly labels: LabelPairs;
  readonly value: number;
  readonly timestampMs: bigint;
}

export interface DecodedSeries {
  readonly labels: LabelPairs;
  readonly samples: readonly { readonly bits: bigint; readonly timestampMs: bigint }[];
  readonly exemplars: readonly DecodedExemplar[];
  /** The whole messages. */
  readonly histograms: readonly Uint8Array[];
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit: string };
  readonly createdMs?: bigint;
  /** Beside it, what each sample and histogram says of it. */
  readonly startsMs?: readonly (bigint | undefined)[];
}

export interface DecodedFamily {
  readonly type: number;
  readonly family: string;
  readonly help: string;
  readonly unit: string;
}

export interface DecodedRequest {
  readonly series: readonly DecodedSeries[];
  /** Of 1.0. */
  readonly families: readonly DecodedFamily[];
  /** Of 2.0. */
  readonly symbols: readonly string[];
}

type Field = readonly [number: number, value: Uint8Array | bigint];

export function decodeVersion1(bytes: Uint8Array): DecodedRequest {
  const series: DecodedSeries[] = [];
  const families: DecodedFamily[] = [];
  for (const [number, value] of fieldsOf(bytes)) {
    if (number === 1) series.push(series1(fieldsOf(value as Uint8Array)));
    else if (number === 3) families.push(family(fieldsOf(value as Uint8Array)));
    else throw new Error(`WriteRequest.${number}`);
  }
  return { series, families, symbols: [] };
}

export function decodeVersion2(bytes: Uint8Array): DecodedRequest {
  const fields = fieldsOf(bytes);
  const symbols = fields.filter(([number]) => number === 4).map(([, value]) => text(value));
  if (symbols[0] !== '') throw new Error('the first symbol is not empty');
  if (new Set(symbols).size < symbols.length) throw new Error('a symbol twice');
  const series = fields.flatMap(([number, value]) => {
    if (number === 5) return [series2(fieldsOf(value as Uint8Array), symbols)];
    if (number === 4) return [];
    throw new Error(`Request.${number}`);
  });
  return { series, families: [], symbols };
}

function series1(fields: readonly Field[]): DecodedSeries {
  return {
    labels: all(fields, 1).map(label),
    samples: all(fields, 2).map(sample),
    exemplars: all(fields, 3).map((message) => ({
      labels: all(fieldsOf(message), 1).map(label),
      ...exemplarNumbers(fieldsOf(message)),
    })),
    histograms: all(fields, 4),
  };
}

function series2(fields: readonly Field[], symbols: readonly string[]): DecodedSeries {
  const [metadata] = all(fields, 5).map(fieldsOf);
  const created = first(fields, 6);
  return {
    labels: references(all(fields, 1), symbols),
    samples: all(fields, 2).map(sample),
    exemplars: all(fields, 4).map((message) => ({
      labels: references(all(fieldsOf(message), 1), symbols),
      ...exemplarNumbers(fieldsOf(message)),
    })),
    histograms: all(fields, 3),
    ...(metadata && {
      metadata: {
        type: Number(first(metadata, 1) ?? 0n),
        help: symbol(symbols, first(metadata, 3)),
        unit: symbol(symbols, first(metadata, 4)),
      },
    }),
    ...(typeof created === 'bigint' && { createdMs: created, startsMs: startsOf(fields) }),
  };
}

function startsOf(fields: readonly Field[]): (bigint | undefined)[] {
  const samples = all(fields, 2).map((message) => first(fieldsOf(message), 3));
  const histograms = all(fields, 3).map((message) => first(fieldsOf(message), 17));
  return [...samples, ...histograms].map((one) => (typeof one === 'bigint' ? one : undefined));
}

function family(fields: readonly Field[]): DecodedFamily {
  return {
    type: Number(first(fields, 1) ?? 0n),
    family: text(first(fields, 2)),
    help: text(first(fields, 4) ?? new Uint8Array(0)),
    unit: text(first(fields, 5) ?? new Uint8Array(0)),
  };
}

function label(message: Uint8Array): readonly [string, string] {
  const fields = fieldsOf(message);
  return [text(first(fields, 1)), text(first(fields, 2))];
}

function references(packed: readonly Uint8Array[], symbols: readonly string[]): LabelPairs {
  const refs = packed.flatMap((bytes) => varints(bytes));
  if (refs.length % 2 !== 0) throw new Error('an odd number of references');
  const pairs: [string, string][] = [];
  for (let i = 0; i < refs.length; i += 2) {
    pairs.push([symbol(symbols, refs[i]), symbol(symbols, refs[i + 1])]);
  }
  return pairs;
}

function symbol(symbols: readonly string[], ref: Field[1] | undefined): string {
  const found = symbols[Number(ref ?? 0n)];
  if (found === undefined) throw new Error(`no symbol ${String(ref)}`);
  return found;
}

function sample(message: Uint8Array): { bits: bigint; timestampMs: bigint } {
  const fields = fieldsOf(message);
  const bits = first(fields, 1) ?? 0n;
  const timestamp = first(fields, 2) ?? 0n;
  return { bits: bits as bigint, timestampMs: BigInt.asIntN(64, timestamp as bigint) };
}

function exemplarNumbers(fields: readonly Field[]): { value: number; timestampMs: bigint } {
  const bits = BigUint64Array.of((first(fields, 2) ?? 0n) as bigint);
  const timestamp = (first(fields, 3) ?? 0n) as bigint;
  return { value: new Float64Array(bits.buffer)[0]!, timestampMs: BigInt.asIntN(64, timestamp) };
}

function all(fields: readonly Field[], number: number): Uint8Array[] {
  return fields.filter(([one]) => one === number).map(([, value]) => value as Uint8Array);
}

function first(fields: readonly Field[], number: number): Field[1] | undefined {
  return fields.find(([one]) => one === number)?.[1];
}

function text(value: Field[1] | undefined): string {
  if (!(value instanceof Uint8Array)) throw new Error('a text is missing');
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
}

function varints(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { value, end } = varint(bytes, at);
    values.push(value);
    at = end;
  }
  return values;
}

function varint(bytes: Uint8Array, start: number): { value: bigint; end: number } {
  let value = 0n;
  for (let at = start, shift = 0n; at < bytes.length; shift += 7n) {
    const byte = bytes[at++]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at };
  }
  throw new Error('a varint is cut short');
}

function fieldsOf(bytes: Uint8Array): Field[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = varint(bytes, at);
    const number = Number(tag.value >> 3n);
    const wireType = Number(tag.value & 7n);
    at = tag.end;
    if (wireType === 0) {
      const { value, end } = varint(bytes, at);
      fields.push([number, value]);
      at = end;
    } else if (wireType === 1) {
      fields.push([number, view.getBigUint64(at, true)]);
      at += 8;
    } else if (wireType === 2) {
      const { value, end } = varint(bytes, at);
      at = end + Number(value);
      if (at > bytes.length) throw new Error('a message is cut short');
      fields.push([number, bytes.subarray(end, at)]);
    } else throw new Error(`wire type ${wireType}`);
  }
  return fields;
}
