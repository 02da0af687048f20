/**
 * A histogram of remote write 1.0 without its time (field 15), field by field: each number and each
 * packed list as it stands, sorted, without what is 0 anyway.
 */
export function histogramText(message: Uint8Array): string {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const fields: [field: number, text: string][] = [];
  let at = 0;
  const varint = (): bigint => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const wireType = tag & 7;
    if (wireType === 0) fields.push([tag >> 3, String(varint())]);
    else if (wireType === 1) {
      fields.push([tag >> 3, view.getBigUint64(at, true).toString(16)]);
      at += 8;
    } else {
      const length = Number(varint());
      const bytes = message.subarray(at, at + length);
      fields.push([tag >> 3, `[${Buffer.from(bytes).toString('hex')}]`]);
      at += length;
    }
  }
  const told = fields.filter(([field, value]) => field !== 15 && value !== '0');
  return `histogram ${told
    .toSorted(([a], [b]) => a - b)
    .map(([field, value]) => `${field}=${value}`)
    .join(' ')}`;
}
