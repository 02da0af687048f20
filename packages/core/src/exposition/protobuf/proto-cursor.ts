import { PromAgentError } from '../../errors.js';

/** How a field's bytes are laid out (protobuf's encoding, "Message structure"). */
export const wireType = { varint: 0, fixed64: 1, length: 2, startGroup: 3, fixed32: 5 } as const;

const twoTo32 = 2 ** 32;
// Groups within groups; messages here hold none, so more is nobody's encoder.
const deepestGroup = 32;

/** What the parser throws: `data` holds the `offset` in the body, from 0, and what was `expected`. */
export function protoError(offset: number, expected: string): PromAgentError {
  return new PromAgentError('EXPOSITION_SYNTAX', `byte ${offset}: expected ${expected}`, {
    data: { offset, expected },
  });
}

/**
 * Reads protobuf fields in place: a message is the stretch `[at, end)` of the body.
 */
export class ProtoCursor {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  at = 0;
  end = 0;
  /** Of the tag read last. */
  field = 0;
  wire = 0;
  /** The varint read last, as two signed 32-bit halves. */
  #low = 0;
  #high = 0;

  begin(bytes: Uint8Array, length: number): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
    this.end = length;
  }

  /** Lets go of the body. */
  close(): void {
    this.begin(new Uint8Array(0), 0);
  }

  /** End of the message that a length of its own, without a tag, stands before; at most five bytes. */
  delimited(): number {
    const start = this.at;
    this.#varint();
    const end = this.at + (this.#low >>> 0);
    if (this.#high !== 0 || this.at > start + 5 || end > this.end) {
      throw protoError(start, 'the length of a message that ends inside the body');
    }
    return end;
  }

  /** Reads the next tag of the message; false at its end. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const start = this.at;
    this.#varint();
    this.field = this.#low >>> 3;
    this.wire = this.#low & 7;
    if (this.field === 0 || this.#high !== 0) throw protoError(start, 'a field number');
    return true;
  }

  /** End of the field's message or string, which begins at `at`; the caller moves `at` behind it. */
  length(): number {
    this.expect(wireType.length);
    const start = this.at;
    this.#varint();
    const end = this.at + (this.#low >>> 0);
    if (this.#high !== 0 || end > this.end) {
      throw protoError(start, 'a length that fits into the message');
    }
    return end;
  }

  /** Enters the field's message: reads end where it ends. Give what it returns to `leave`. */
  enter(): number {
    const outer = this.end;
    this.end = this.length();
    return outer;
  }

  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
  }

  unsigned(): number {
    this.expect(wireType.varint);
    this.#varint();
    return (this.#high >>> 0) * twoTo32 + (this.#low >>> 0);
  }

  signed(): number {
    this.expect(wireType.varint);
    this.#varint();
    return this.#high * twoTo32 + (this.#low >>> 0);
  }

  double(): number {
    this.expect(wireType.fixed64);
    return this.rawDouble();
  }

  /** A double without a tag: one of a packed field. */
  rawDouble(): number {
    if (this.at + 8 > this.end) throw protoError(this.at, 'eight bytes');
    this.at += 8;
    return this.view.getFloat64(this.at - 8, true);
  }

  zigzag(): number {
    this.expect(wireType.varint);
    return this.rawZigzag();
  }

  /** A zigzag varint without a tag: one of a packed field. */
  rawZigzag(): number {
    this.#varint();
    const half = (this.#high >>> 1) * twoTo32 + (((this.#low >>> 1) | (this.#high << 31)) >>> 0);
    return (this.#low & 1) === 0 ? half : -half - 1;
  }

  expect(wire: number): void {
    if (this.wire !== wire) {
      throw protoError(this.at, `wire type ${wire} for field ${this.field}, not ${this.wire}`);
    }
  }

  /** Steps over a field that means nothing here. */
  skip(): void {
    this.#skip(0);
  }

  #skip(depth: number): void {
    switch (this.wire) {
      case wireType.varint:
        this.#varint();
        return;
      case wireType.length:
        this.at = this.length();
        return;
      case wireType.fixed64:
      case wireType.fixed32: {
        const end = this.at + (this.wire === wireType.fixed64 ? 8 : 4);
        if (end > this.end) throw protoError(this.at, 'the rest of a number');
        this.at = end;
        return;
      }
      case wireType.startGroup:
        this.#skipGroup(depth);
        return;
      default:
        throw protoError(this.at, 'a field');
    }
  }

  #skipGroup(depth: number): void {
    const endGroup = 4;
    if (depth >= deepestGroup) throw protoError(this.at, 'fewer groups in groups');
    while (this.next()) {
      if (this.wire === endGroup) return;
      this.#skip(depth + 1);
    }
    throw protoError(this.at, 'the end of a group');
  }

  #varint(): void {
    const { bytes, end } = this;
    const start = this.at;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= end) break;
      const b = bytes[this.at++]!;
      if (shift < 28) low |= (b & 0x7f) << shift;
      else if (shift === 28) {
        low |= (b & 0x7f) << 28;
        high = (b & 0x7f) >>> 4;
      } else high |= (b & 0x7f) << (shift - 32);
      if (b < 0x80) {
        this.#low = low;
        this.#high = high;
        return;
      }
    }
    throw protoError(start, 'a whole number');
  }
}
