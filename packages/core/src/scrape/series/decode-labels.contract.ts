/** The labels behind {@link LabelEncoder}'s bytes, for tests. */
export function decodeLabels(bytes: Uint8Array): Record<string, string> {
  const labels: Record<string, string> = {};
  const buffer = Buffer.from(bytes);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const next = buffer[at++]!;
      value |= (next & 127) << shift;
      if (next < 128) return value;
    }
  };
  const text = (): string => {
    at++;
    const length = varint();
    at += length;
    return buffer.toString('utf8', at - length, at);
  };
  while (at < buffer.length) {
    at++;
    varint();
    const name = text();
    labels[name] = text();
  }
  return labels;
}
