/**
 * One log record as a logfmt line, as Prometheus writes its log: `time=… level=info msg="…" key=value`.
 * `record` is a parsed line of pino: plain JSON.
 */
export function formatLogfmt(record: Readonly<Record<string, unknown>>): string {
  const { time, level, msg, ...fields } = record;
  const all = Object.entries({ time, level, msg, ...fields });
  const pairs = all.filter(([, value]) => value !== undefined);
  return `${pairs.map(([key, value]) => `${formatKey(key)}=${formatValue(value)}`).join(' ')}\n`;
}

// logfmt has no quoting for keys.
function formatKey(key: string): string {
  return key.replace(/[\s="]/g, '_');
}

function formatValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // JSON's escapes are logfmt's; what they leave alone a terminal would act on.
  return /^[^\s="\\\p{Cc}]+$/u.test(text) ? text : escapeControls(JSON.stringify(text));
}

function escapeControls(quoted: string): string {
  return quoted.replace(/\p{Cc}/gu, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
