/** RFC 3339, as Go writes a time; 0 is its zero time: Prometheus' word for what has not happened yet. */
export function formatTime(unixMs: number): string {
  return unixMs === 0 ? '0001-01-01T00:00:00Z' : new Date(unixMs).toISOString();
}
