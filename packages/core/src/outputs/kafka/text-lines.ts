import type { HistogramSample } from '../../model/histogram.js';
import { jsonLines } from './json-lines.js';
import type { LineFormat, SeriesText } from './line-format.js';

const plainMetricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const plainLabelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * The text exposition format with timestamps. It has no word for stale markers and native histograms:
 * they are comments that begin with `# stale` and `# native_histogram`, which other readers pass over.
 */
export const textLines: LineFormat = {
  wantsMetadata: false,

  series(name, labels): SeriesText {
    const pairs = labels.map(([label, value]) => {
      const written = plainLabelName.test(label) ? label : quoted(label);
      return `${written}=${quoted(value)}`;
    });
    const isPlain = plainMetricName.test(name);
    if (!isPlain) pairs.unshift(quoted(name));
    const inBraces = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
    return { head: `${isPlain ? name : ''}${inBraces} `, tail: '' };
  },

  sample: ({ head }, value, timestampMs) => `${head}${numberText(value)} ${timestampMs}`,

  histogram: ({ head }, histogram: HistogramSample, timestampMs) => {
    const series = { head: '{', tail: '' };
    const json = jsonLines.histogram(series, histogram, timestampMs, '').replace('{,', '{');
    return `# native_histogram ${head}${json}`;
  },

  marker: ({ head }, timestampMs) => `# stale ${head}${timestampMs}`,

  // The text format has none.
  exemplar: () => '',
};

/** Label values, and names that need it: backslash, quote and line feed are escaped. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))}"`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}
