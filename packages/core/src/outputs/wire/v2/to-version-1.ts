import { compressed, field, RequestParts, varintAt } from '../request-parts.js';

// Fields of 2.0's TimeSeries that 1.0 has under another number, and those it has not.
const labelsRefs = 1;
const samples = 2;
const histograms = 3;
const exemplars = 4;
const customValuesField = 16;
const sampleStart = 3;
const histogramStart = 17;

const utf8 = new TextEncoder();

/**
 * A request of remote write 2.0 as one of 1.0, for a receiver that turned out to know no other: what was
 * queued before that. Metadata and times of creation have no place in it, nor have histograms with custom
 * buckets, which are left out and counted.
 */
export function toVersion1(body: Uint8Array): { body: Uint8Array; leftOut: number } {
  const parts = new RequestParts(body, 2);
  const symbols = parts.symbols.map((one) => one.subarray(varintAt(one, 1).end));
  let leftOut = 0;
  const series = parts.series.flatMap((one) => {
    const fields: Uint8Array[] = [];
    let isLeftOut = false;
    for (const { number, content } of messageFields(one.subarray(varintAt(one, 1).end))) {
      if (number === labelsRefs) fields.push(...labels(content, symbols));
      else if (number === samples) fields.push(field(0x12, withoutStart(content, sampleStart)));
      else if (number === exemplars) fields.push(field(0x1a, exemplar(content, symbols)));
      else if (number === histograms) {
        isLeftOut = hasField(content, customValuesField);
        fields.push(field(0x22, withoutStart(content, histogramStart)));
      }
    }
    if (isLeftOut) leftOut++;
    return isLeftOut ? [] : [field(0x0a, Buffer.concat(fields))];
  });
  return { body: compressed(Buffer.concat(series)), leftOut };
}

function withoutStart(message: Uint8Array, startField: number): Uint8Array {
  if (!hasField(message, startField)) return message;
  const others = [...messageFields(message)].filter(({ number }) => number !== startField);
  return Buffer.concat(others.map(({ whole }) => whole));
}

function labels(refs: Uint8Array, symbols: readonly Uint8Array[]): Uint8Array[] {
  const fields: Uint8Array[] = [];
  for (let at = 0; at < refs.length; ) {
    const name = varintAt(refs, at);
    const value = varintAt(refs, name.end);
    at = value.end;
    const label = [field(0x0a, symbolOf(symbols, name)), field(0x12, symbolOf(symbols, value))];
    fields.push(field(0x0a, Buffer.concat(label)));
  }
  return fields;
}

function symbolOf(symbols: readonly Uint8Array[], ref: { value: number }): Uint8Array {
  return symbols[ref.value] ?? utf8.encode('');
}

/** Its value and time have the same numbers in both. */
function exemplar(message: Uint8Array, symbols: readonly Uint8Array[]): Uint8Array {
  const fields: Uint8Array[] = [];
  for (const { number, content, whole } of messageFields(message)) {
    if (number === labelsRefs) fields.push(...labels(content, symbols));
    else fields.push(whole);
  }
  return Buffer.concat(fields);
}

function hasField(message: Uint8Array, wanted: number): boolean {
  for (const { number } of messageFields(message)) if (number === wanted) return true;
  return false;
}

interface MessageField {
  readonly number: number;
  /** Of a length-delimited field. */
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

function* messageFields(bytes: Uint8Array): Generator<MessageField> {
  for (let at = 0; at < bytes.length; ) {
    const tag = varintAt(bytes, at);
    const wireType = tag.value & 7;
    let from = tag.end;
    let end = tag.end + 8;
    if (wireType === 0) end = varintAt(bytes, tag.end).end;
    else if (wireType === 2) {
      const length = varintAt(bytes, tag.end);
      from = length.end;
      end = from + length.value;
    }
    const content = bytes.subarray(from, end);
    yield { number: Math.floor(tag.value / 8), content, whole: bytes.subarray(at, end) };
    at = end;
  }
}
