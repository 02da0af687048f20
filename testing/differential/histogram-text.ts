/** Fields of the message that are lists of spans; the others of length are lists of varints. */
const spanFields = new Set([8, 11]);
const timestampField = 15;

/**
 * A histogram of remote write 1.0 without its time: its fields in order and their bytes, those that
 * are 0 left out wherever they may be.
 */
export function histogramText(message: Uint8Array): string {
  const fields = fieldsOf(message).filter(([field]) => field !== timestampField);
  return `histogram ${fields
    .map(([field, value]) => `${field}=${spanFields.has(field) ? spanText(value) : hex(value)}`)
    .toSorted()
    .join(' ')}`;
}

function spanText(span: bigint | Uint8Array): string {
  const fields = new Map(fieldsOf(span as Uint8Array));
  return `${fields.get(1) ?? 0n}+${fields.get(2) ?? 0n}`;
}

function hex(value: bigint | Uint8Array): string {
  return typeof value === 'bigint' ? value.toString(16) : Buffer.from(value).toString('hex');
}

/** Varints and fixed64 are numbers; 0 is what a field is that is not there. */
function fieldsOf(message: Uint8Array): [field: number, value: bigint | Uint8Array][] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const fields: [number, bigint | Uint8Array][] = [];
  let at = 0;
  const varint = (): bigint => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number): Uint8Array => {
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const wireType = tag & 7;
    const value =
      wireType === 0
        ? varint()
        : wireType === 1
          ? Buffer.from(bytes(8)).readBigUInt64LE()
          : bytes(Number(varint()));
    if (value !== 0n) fields.push([tag >> 3, value]);
  }
  return fields;
}
