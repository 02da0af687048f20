/**
 * The labels of a target or a series, `__name__` included. No label has an empty value (Prometheus
 * reads an empty value as no label). Insertion order means nothing: {@link sortedLabels} for the wire.
 */
export type Labels = ReadonlyMap<string, string>;

export const metricNameLabel = '__name__';

/** Go's string order, which is the order of UTF-8 bytes; UTF-16 order differs above U+D7FF. */
export function compareUtf8(a: string, b: string): number {
  const shortest = Math.min(a.length, b.length);
  for (let i = 0; i < shortest; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return utf8Rank(x) - utf8Rank(y);
  }
  return a.length - b.length;
}

// Surrogates stand for code points above U+FFFF: in UTF-8 they come after U+E000–U+FFFF.
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** `[name, value]` pairs in the order of the remote-write wire. */
export function sortedLabels(labels: Labels): [name: string, value: string][] {
  return [...labels].sort((a, b) => compareUtf8(a[0], b[0]));
}
