import { MalformedMessage } from './decoded-message.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads the fields of a protobuf message, which anybody may have written. Throws MalformedMessage. */
export class MessageReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  /** Of the field that is next to be read. */
  number = 0;
  #wireType = 0;
  #fieldStart = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Goes on to the next field, of which exactly one of the methods below is to be called. */
  next(): boolean {
    if (this.#at === this.bytes.length) return false;
    this.#fieldStart = this.#at;
    const tag = this.#varint();
    this.#wireType = tag & 7;
    this.number = tag >>> 3;
    if (this.number === 0) throw new MalformedMessage('a field has the number 0');
    return true;
  }

  /** The field that was read last, its tag included. */
  get whole(): Uint8Array {
    return this.bytes.subarray(this.#fieldStart, this.#at);
  }

  content(): Uint8Array {
    this.#expect(2);
    const length = this.#varint();
    const from = this.#at;
    this.#move(this.#high === 0 ? length : Number.POSITIVE_INFINITY);
    return this.bytes.subarray(from, this.#at);
  }

  text(): string {
    return textOf(this.content());
  }

  /** Below 2^32. */
  uint32(): number {
    this.#expect(0);
    return this.#varint();
  }

  /** Exact within ±2^53. */
  int64(): number {
    this.#expect(0);
    const low = this.#varint();
    return (this.#high | 0) * 2 ** 32 + low;
  }

  skip(): void {
    if (this.#wireType === 0) this.#varint();
    else if (this.#wireType === 1) this.#move(8);
    else if (this.#wireType === 2) this.content();
    else if (this.#wireType === 5) this.#move(4);
    else throw new MalformedMessage(`a field has the wire type ${this.#wireType}`);
  }

  double(): number {
    this.#expect(1);
    this.#move(8);
    return this.#view.getFloat64(this.#at - 8, true);
  }

  /** Unpacked, as a field by itself, or packed. */
  uint32s(into: number[]): void {
    if (this.#wireType === 0) {
      into.push(this.#varint());
      return;
    }
    const end = this.content().length;
    const inside = new MessageReader(this.bytes.subarray(this.#at - end, this.#at));
    while (inside.#at < end) into.push(inside.#varint());
  }

  #expect(wireType: number): void {
    if (this.#wireType === wireType) return;
    throw new MalformedMessage(`field ${this.number} has the wire type ${this.#wireType}`);
  }

  #move(bytes: number): void {
    if (this.#at + bytes > this.bytes.length) throw cutShort();
    this.#at += bytes;
  }

  /** The lower 32 bits; the higher ones are in #high. */
  #varint(): number {
    const { bytes } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at === bytes.length) throw cutShort();
      const byte = bytes[this.#at++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= bits << 31;
      if (byte > 0x7f) continue;
      this.#high = high >>> 0;
      return low >>> 0;
    }
    throw new MalformedMessage('a number is longer than 64 bits');
  }
}

export function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new MalformedMessage('a text is not UTF-8');
  }
}

function cutShort(): MalformedMessage {
  return new MalformedMessage('it ends in the middle of a field');
}
