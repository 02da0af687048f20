import { normalNanHighWord, normalNanLowWord } from '../../model/sample.js';

/** Wire types of protobuf, by which a field's tag ends. */
const varintType = 0;
const fixed64Type = 1;
const bytesType = 2;

/**
 * A protobuf message written from its last byte to its first, so that each length is known when it is
 * its turn and nothing is measured beforehand. Fields come in falling order of their numbers, lists
 * from their end.
 */
export class BackwardMessage {
  #bytes: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(1024);
  #view = new DataView(this.#bytes.buffer);
  /** The first byte that is written. */
  #at = this.#bytes.length;

  clear(): void {
    this.#at = this.#bytes.length;
  }

  /** All of it, valid until more is written. */
  written(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  /** Bytes so far: what {@link enclose} wants to know of where a message ends. */
  get size(): number {
    return this.#bytes.length - this.#at;
  }

  /** Makes all that was written since `size` a message in a field. */
  enclose(field: number, size: number): void {
    this.#varint(this.size - size);
    this.#tag(field, bytesType);
  }

  double(field: number, value: number): void {
    this.#reserve(8);
    this.#at -= 8;
    if (Number.isNaN(value)) {
      this.#view.setUint32(this.#at, normalNanLowWord, true);
      this.#view.setUint32(this.#at + 4, normalNanHighWord, true);
    } else this.#view.setFloat64(this.#at, value, true);
    this.#tag(field, fixed64Type);
  }

  /** uint64, int64 and the like, exact up to 2^53; what is no number of that kind is 0. */
  integer(field: number, value: number): void {
    this.#varint(value);
    this.#tag(field, varintType);
  }

  /** sint64 and sint32. */
  zigzag(field: number, value: number): void {
    // Doubled, more than 2^52 has no room for the sign.
    if (Math.abs(value) > 2 ** 52) this.#longVarint(zigzagOf(BigInt(Math.trunc(value))));
    else this.#varint(value < 0 ? -2 * value - 1 : 2 * value);
    this.#tag(field, varintType);
  }

  string(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.#reserve(length);
    this.#at -= length;
    this.#bytes.write(text, this.#at);
    this.#varint(length);
    this.#tag(field, bytesType);
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number): void {
    this.#reserve(10);
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
      this.#longVarint(Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n);
      return;
    }
    let length = 1;
    for (let rest = value; rest >= 128; rest /= 128) length++;
    this.#at -= length;
    let rest = value;
    for (let i = this.#at; ; i++) {
      if (rest < 128) {
        this.#bytes[i] = rest;
        return;
      }
      const next = Math.floor(rest / 128);
      this.#bytes[i] = rest - next * 128 + 128;
      rest = next;
    }
  }

  #longVarint(value: bigint): void {
    this.#reserve(10);
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    this.#at -= bytes.length;
    this.#bytes.set(bytes, this.#at);
  }

  #reserve(length: number): void {
    if (this.#at >= length) return;
    const { size } = this;
    const bytes = Buffer.allocUnsafeSlow(this.#bytes.length * 2 + length);
    this.#bytes.copy(bytes, bytes.length - size, this.#at);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#at = bytes.length - size;
  }
}

function zigzagOf(value: bigint): bigint {
  return value < 0n ? -2n * value - 1n : 2n * value;
}
