// Labels as remote-write 1.0 bytes: repeated TimeSeries.labels fields, each a Label with a name and a
// value (prompb/types.proto). Tags are field number << 3 | wire type.
export const labelTag = 0x0a;
export const nameTag = 0x0a;
export const valueTag = 0x12;

export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest >>>= 7) length++;
  return length;
}

/** Returns the position after it. */
export function writeVarint(out: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest > 127; rest >>>= 7) out[at++] = (rest & 127) | 128;
  out[at++] = rest;
  return at;
}

/** Where the field that begins at `at` ends. */
export function fieldEnd(bytes: Uint8Array, at: number): number {
  let length = 0;
  let i = at + 1;
  for (let shift = 0; ; shift += 7) {
    const next = bytes[i++]!;
    length |= (next & 0x7f) << shift;
    if (next < 0x80) return i + length;
  }
}

/** Copies of the fields. */
export function fieldsOf(bytes: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = fieldEnd(bytes, at);
    // The slice of a Buffer would be a view.
    fields.push(Uint8Array.from(bytes.subarray(at, end)));
    at = end;
  }
  return fields;
}

/** The name in a label's field: a view. */
export function nameOf(field: Uint8Array): Uint8Array {
  let nameAt = 1;
  while (field[nameAt++]! > 127);
  const end = fieldEnd(field, nameAt);
  let from = nameAt + 1;
  while (field[from++]! > 127);
  return field.subarray(from, end);
}
