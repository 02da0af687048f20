/** OpenTelemetry's known methods (RFC 9110 and PATCH), the most usual first; all others are one label. */
export const methodLabels = [
  '_OTHER',
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'CONNECT',
  'TRACE',
] as const;

const places: Readonly<Record<string, number>> = Object.assign(
  Object.create(null),
  Object.fromEntries(methodLabels.map((label, place) => [label, place])),
);

/** Its place in {@link methodLabels}. Methods are case-sensitive: `get` is another than `GET`. */
export function methodPlace(method: string): number {
  // Most are this one.
  if (method === 'GET') return 1;
  return places[method] ?? 0;
}
