const msPerUnit = {
  y: 31_536_000_000,
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

const pattern = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

// Prometheus keeps durations as a signed 64-bit count of nanoseconds.
const longestMs = (2n ** 63n - 1n) / 1_000_000n;

/**
 * A duration as Prometheus writes it (`1h30m`, `15s`, `0`), in ms; undefined when it is not one.
 * Units from large to small, each at most once, no sign, fraction or blank
 * (prometheus/common model/time.go ParseDuration). A year is 365 days.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : pattern.exec(text);
  if (match === null) return undefined;
  let ms = 0n;
  for (const [i, factor] of Object.values(msPerUnit).entries()) {
    ms += BigInt(match[i + 1] ?? 0) * BigInt(factor);
  }
  return ms > longestMs ? undefined : Number(ms);
}

/**
 * The shortest way Prometheus writes a duration: `90000` is `1m30s`, `1209600000` is `2w`. Weeks and
 * years appear only when nothing is left over (model/time.go Duration.String).
 */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const [unit, factor] of Object.entries(msPerUnit)) {
    const mustBeExact = unit === 'y' || unit === 'w';
    if (mustBeExact && rest % factor !== 0) continue;
    const count = Math.floor(rest / factor);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * factor;
  }
  return text;
}
