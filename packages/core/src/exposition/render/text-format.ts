import { formatGoFloat } from '../go-float.js';

/*
 * Pieces of the Prometheus text format 0.0.4, as prometheus/common expfmt/text_create.go writes them.
 */

const plainMetricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const plainLabelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A value, help text or name inside double quotes. */
export function escapeQuoted(text: string): string {
  return /[\\\n"]/.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
    : text;
}

export function escapeHelp(text: string): string {
  return /[\\\n]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n') : text;
}

export function isPlainMetricName(name: string): boolean {
  return plainMetricName.test(name);
}

export function isPlainLabelName(name: string): boolean {
  return plainLabelName.test(name);
}

/** The name where a `# TYPE` line wants it. */
export function metricNameText(name: string): string {
  return isPlainMetricName(name) ? name : `"${escapeQuoted(name)}"`;
}

/** The name of a label; one that is not plain UTF-8-quoted, which Prometheus 3 reads. */
export function labelNameText(name: string): string {
  return isPlainLabelName(name) ? name : `"${escapeQuoted(name)}"`;
}

/** Name and labels of a sample; `pairs` is `a="1",b="2"` or empty. */
export function seriesText(name: string, pairs: string): string {
  if (isPlainMetricName(name)) return pairs === '' ? name : `${name}{${pairs}}`;
  const quoted = metricNameText(name);
  return pairs === '' ? `{${quoted}}` : `{${quoted},${pairs}}`;
}

/** A value that is not finite as Go's ParseFloat reads it; undefined for a finite one. */
export function nonFiniteText(value: number): string | undefined {
  if (Number.isFinite(value)) return undefined;
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/**
 * A sample's value: Go's shortest `%g`, -0 as 0; with `.0` behind what looks like an integer where it
 * is `pointed`, which is OpenMetrics' form.
 */
export function floatText(value: number, pointed: boolean): string {
  const text = formatGoFloat(value);
  return pointed || !text.endsWith('.0') ? text : text.slice(0, -2);
}
