// Values as Go's encoders write them into Prometheus' API answers.

const units = [
  { name: 'y', ms: 365 * 86_400_000, whole: true },
  { name: 'w', ms: 7 * 86_400_000, whole: true },
  { name: 'd', ms: 86_400_000, whole: true },
  { name: 'h', ms: 3_600_000, whole: false },
  { name: 'm', ms: 60_000, whole: false },
  { name: 's', ms: 1000, whole: false },
  { name: 'ms', ms: 1, whole: false },
] as const;

/** `1m30s`: prometheus/common model.Duration.String, where years to days stand only for whole ones. */
export function formatDuration(durationMs: number): string {
  let text = '';
  let restMs = Math.round(durationMs);
  for (const unit of units) {
    if (restMs < unit.ms || (unit.whole && restMs % unit.ms !== 0)) continue;
    text += `${Math.floor(restMs / unit.ms)}${unit.name}`;
    restMs %= unit.ms;
  }
  return text || '0s';
}

/** RFC 3339; 0 is Go's zero time, which Prometheus shows for what has not happened yet. */
export function formatTime(unixMs: number): string {
  return unixMs === 0 ? '0001-01-01T00:00:00Z' : new Date(unixMs).toISOString();
}
