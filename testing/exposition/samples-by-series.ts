import { type ExpositionFormat, parseExposition } from '@prom-agent/core/exposition';
import type { QueriedSeries } from '../servers/prometheus.js';

/** What a reader of Prometheus' API would see of a body: series → the bits of its value. */
export function parsedSamples(body: Uint8Array, format: ExpositionFormat): Map<string, string> {
  const samples = new Map<string, string>();
  for (const { name, labels, value } of parseExposition(body, format)) {
    const own = Object.entries(labels).filter(([label, v]) => v !== '' && label !== '__name__');
    const key = keyOf(name, own);
    // The first of two samples of one series counts.
    if (!samples.has(key)) samples.set(key, bits(value));
  }
  return samples;
}

/** The same of what Prometheus scraped, without the labels of the target. */
export function scrapedSamples(series: readonly QueriedSeries[]): Map<string, string> {
  return new Map(
    series.map(({ labels, samples: [sample] }) => {
      const { __name__: name = '', job: _job, instance: _instance, ...rest } = labels;
      // A label that the target has too was renamed.
      const own = Object.entries(rest).map(
        ([label, value]) => [label.replace(/^exported_(job|instance)$/, '$1'), value] as const,
      );
      return [keyOf(name, own), bits(sample!.value)];
    }),
  );
}

function keyOf(name: string, labels: readonly (readonly [string, string])[]): string {
  return JSON.stringify([name, labels.toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

/** All 64 bits, but for NaN, whose text says no more. */
function bits(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return Number.isNaN(value) ? 'NaN' : view.getBigUint64(0).toString(16);
}
