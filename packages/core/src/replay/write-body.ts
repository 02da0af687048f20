import { labelsOfBytes } from '../outputs/wire/labels-of-bytes.js';
import type { WriteVersion } from '../outputs/wire/request-parts.js';
import { compressed, field, varintAt } from '../outputs/wire/request-parts.js';
import { varintLength, writeInt64Varint, writeVarint } from '../outputs/wire/varint.js';
import type { DecodedFamily, DecodedSeries } from './decode/decoded-message.js';

/** A series with those of its points that are sent. */
export type SentSeries = DecodedSeries;

// Fields of WriteRequest and Request, and of their TimeSeries.
const tags = {
  1: { series: 0x0a, sample: 0x12, exemplar: 0x1a, histogram: 0x22 },
  2: { series: 0x2a, sample: 0x12, exemplar: 0x22, histogram: 0x1a },
} as const;
const labelsRefsTag = 0x0a;
const metadataTag = 0x2a;
const createdTag = 0x30;
const symbolTag = 0x22;
const familyTag = 0x1a;

/**
 * The bodies of requests as that of one, without a byte of them decompressed: elements of snappy copy from
 * what lies at most so far behind them, and fields of protobuf messages that are repeated add up.
 * Undefined where that cannot be: messages of 2.0 have a table of texts each.
 */
export function joinedBodies(
  bodies: readonly Uint8Array[],
  version: WriteVersion,
): Uint8Array | undefined {
  if (bodies.length === 1) return bodies[0];
  if (version === 2) return undefined;
  const head = new Uint8Array(5);
  let length = 0;
  const elements = bodies.map((body) => {
    const { value, end } = varintAt(body, 0);
    length += value;
    return body.subarray(end);
  });
  const headEnd = writeVarint(head, 0, length);
  return Buffer.concat([head.subarray(0, headEnd), ...elements]);
}

/** The body of a write request, compressed. */
export function writeBody(
  series: readonly SentSeries[],
  families: readonly DecodedFamily[],
  version: WriteVersion,
): Uint8Array {
  if (version === 1) return body1(series, families);
  const symbols = new Symbols();
  const fields = series.map((one) => field(tags[2].series, series2(one, symbols)));
  return compressed(Buffer.concat([...symbols.fields(), ...fields]));
}

function body1(series: readonly SentSeries[], families: readonly DecodedFamily[]): Uint8Array {
  const fields = series.map(({ labels, points, exemplars }) => {
    const content = [labels];
    for (const { isHistogram, message } of points) {
      content.push(field(isHistogram ? tags[1].histogram : tags[1].sample, message));
    }
    for (const { labels: own, numbers } of exemplars) {
      content.push(field(tags[1].exemplar, Buffer.concat([own, numbers])));
    }
    return field(tags[1].series, Buffer.concat(content));
  });
  const metadata = families.map((one) => field(familyTag, familyMessage(one)));
  return compressed(Buffer.concat([...fields, ...metadata]));
}

function series2(series: SentSeries, symbols: Symbols): Uint8Array {
  const { labels, points, exemplars, metadata, createdMs } = series;
  const content = [field(labelsRefsTag, symbols.refsOf(labels))];
  for (const { isHistogram, message } of points) {
    content.push(field(isHistogram ? tags[2].histogram : tags[2].sample, message));
  }
  for (const { labels: own, numbers } of exemplars) {
    const message = [field(labelsRefsTag, symbols.refsOf(own)), numbers];
    content.push(field(tags[2].exemplar, Buffer.concat(message)));
  }
  if (metadata !== undefined) {
    const { type, help, unit } = metadata;
    const fields = [number(0x08, type)];
    if (help !== '') fields.push(number(0x18, symbols.refOf(latin1(help))));
    if (unit !== '') fields.push(number(0x20, symbols.refOf(latin1(unit))));
    content.push(field(metadataTag, Buffer.concat(fields)));
  }
  if (createdMs !== undefined) content.push(number(createdTag, createdMs));
  return Buffer.concat(content);
}

function familyMessage({ type, name, help, unit }: DecodedFamily): Uint8Array {
  return Buffer.concat([
    number(0x08, type),
    field(0x12, Buffer.from(name)),
    field(0x22, Buffer.from(help)),
    field(0x2a, Buffer.from(unit)),
  ]);
}

function number(tag: number, value: number): Uint8Array {
  const out = new Uint8Array(11);
  out[0] = tag;
  return out.subarray(0, writeInt64Varint(out, 1, value));
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** The table of a 2.0 request; texts are the latin1 reading of their UTF-8 bytes. */
class Symbols {
  readonly #refs = new Map<string, number>([['', 0]]);

  refOf(text: string): number {
    let ref = this.#refs.get(text);
    if (ref === undefined) {
      ref = this.#refs.size;
      this.#refs.set(text, ref);
    }
    return ref;
  }

  /** Of labels as 1.0 writes them. */
  refsOf(labels: Uint8Array): Uint8Array {
    const refs: number[] = [];
    labelsOfBytes(labels, (name, value) => refs.push(this.refOf(name), this.refOf(value)));
    const packed = new Uint8Array(refs.reduce((sum, ref) => sum + varintLength(ref), 0));
    let at = 0;
    for (const ref of refs) at = writeVarint(packed, at, ref);
    return packed;
  }

  *fields(): Generator<Uint8Array> {
    for (const text of this.#refs.keys()) yield field(symbolTag, Buffer.from(text, 'latin1'));
  }
}
